# SPDX-License-Identifier: MIT
"""The library as a file: its exports, its needs, and that nothing of it runs when it is loaded.

The exported symbols are those of exeseal.map and of exeseal.h. The archive has so few undefined
symbols that it can use neither the heap nor stdio nor a locale, so everything in it, exec.cc
included, is async-signal-safe."""

import argparse
import re

from library import declared, exported, mapped, needed, run_at_load
from script import fail, output_of, skip

# Async-signal-safe in glibc and musl, or without state.
ALLOWED = {
    "syscall", "__errno_location", "_GLOBAL_OFFSET_TABLE_",
    "memchr", "memcmp", "memcpy", "memmove", "memset", "strchr", "strlen", "strnlen",
    "__stack_chk_fail", "__memcpy_chk", "__memset_chk", "__memmove_chk",
}  # fmt: skip
# To start children. exeseal_exec_fd does not reach it.
ALLOWED_TO_CLONE = {"clone"}
# Reads the vector beside argv: no system call, but not documented as safe either.
ALLOWED_TO_REEXEC = {"getauxval"}
# Symbols that no path to an execution may reach, even if the list above grows.
FORBIDDEN = re.compile(r"malloc|calloc|realloc|^free$|printf|^f(open|puts|write)$|locale|getenv|pthread_|^_Zn|^_Zd|__cxa|^exit$")


def archive_symbols(nm, archive):
    """(defined, {object: undefined}) of a static archive."""
    defined, undefined, member = set(), {}, ""
    for line in output_of(nm, archive).splitlines():
        if line.endswith(":"):
            member = line[:-1]
            undefined[member] = set()
            continue
        parts = line.split()
        if not parts:
            continue
        if parts[-2] in "Uw":
            undefined[member].add(parts[-1])
        else:
            defined.add((parts[-1], member))
    return defined, undefined


def closure(start, defined, undefined):
    """The objects that an object can reach, and the symbols of theirs that the archive lacks."""
    home = {name: member for name, member in defined}
    objects, outside, todo = set(), set(), [start]
    while todo:
        member = todo.pop()
        if member in objects:
            continue
        objects.add(member)
        for name in undefined[member]:
            if name in home:
                todo.append(home[name])
            else:
                outside.add(name)
    return objects, outside


def check_reexec(nm, readelf, archive):
    """libexeseal-reexec: one entry, and one choice that the program may replace."""
    defined, undefined = set(), set()
    for line in output_of(nm, "--extern-only", archive).splitlines():
        if len(parts := line.split()) > 1:
            (undefined if parts[-2] in "Uw" else defined).add((parts[-2], parts[-1]))
    if defined != {("T", "exeseal_reexec_before_main")}:
        fail(f"libexeseal-reexec defines {sorted(defined)}")
    wanted = {"exeseal_reexec_self", "exeseal_report_format", "exeseal_reexec_or_run_unsealed", "write", "_exit", "_start"}
    wanted |= {"__executable_start", "_end"}  # the choice
    # sends without SIGPIPE
    signals = {"sigaddset", "sigemptyset", "sigismember", "sigpending", "sigprocmask", "sigtimedwait"}
    if not wanted <= {name for _, name in undefined} <= wanted | signals | ALLOWED:
        fail(f"libexeseal-reexec needs {sorted(undefined)}")
    sections = output_of(readelf, "-SW", archive)
    if not re.search(r"\.preinit_array\b", sections) or re.search(r"\.(init_array|ctors|fini_array|dtors)\b", sections):
        fail("libexeseal-reexec has not the one entry in .preinit_array")


def main():
    parser = argparse.ArgumentParser()
    for option in ("nm", "readelf", "shared", "static", "map", "header", "reexec"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    if arguments.sanitized:
        skip("symbols", "a sanitizer adds symbols of its own")

    exports, wanted = exported(arguments.nm, arguments.shared), mapped(arguments.map)
    if exports != wanted:
        fail(f"exported and mapped differ: {sorted(exports.items() ^ wanted.items())}")
    if set(exports) != declared(arguments.header):
        fail(f"exported and declared differ: {sorted(set(exports) ^ declared(arguments.header))}")
    if len(exports) < 14:
        fail(f"only {len(exports)} exports were found: is this the library?")
    if not all(exports.values()):
        fail(f"unversioned: {[name for name, version in exports.items() if not version]}")

    dynamic = output_of(arguments.readelf, "-dW", arguments.shared)
    libraries = needed(arguments.readelf, arguments.shared)
    if len(libraries) != 1 or not re.match(r"libc(\.so\.6|\.musl-.*)$", libraries[0]):
        fail(f"NEEDED is {libraries}, not libc alone")
    if re.findall(r"\(SONAME\).*\[(.*)\]", dynamic) != ["libexeseal.so.0"]:
        fail("the soname is not libexeseal.so.0")
    if not re.search(r"\(FLAGS(_1)?\).*NOW", dynamic):
        fail("not linked with -z now")

    for trouble in run_at_load(arguments.readelf, arguments.shared):
        fail(trouble)
    for line in output_of(arguments.readelf, "-SW", arguments.static).splitlines():
        if re.search(r"\.(preinit_array|init_array|ctors|fini_array|dtors)\b", line):
            fail(f"a constructor or destructor in the archive: {line.strip()}")

    defined, undefined = archive_symbols(arguments.nm, arguments.static)
    own = {name for name, _ in defined}
    outside = set().union(*undefined.values()) - own
    if not outside <= ALLOWED | ALLOWED_TO_CLONE | ALLOWED_TO_REEXEC:
        fail(f"undefined and not on the list: {sorted(outside - ALLOWED - ALLOWED_TO_CLONE - ALLOWED_TO_REEXEC)}")
    execs = [member for member in undefined if member == "launch_exec.cc.o"]
    if len(execs) != 1:
        fail(f"no launch/exec.cc in the archive: {sorted(undefined)}")
    objects, reached = closure(execs[0], defined, undefined)
    if len(objects) < 4 or "syscall" not in reached:
        fail(f"the closure of exec.cc is too small to be true: {sorted(objects)} {sorted(reached)}")
    if not reached <= ALLOWED or any(FORBIDDEN.search(name) for name in reached | outside):
        fail(f"exec.cc reaches {sorted(reached)}")
    check_reexec(arguments.nm, arguments.readelf, arguments.reexec)
    print(f"{len(exports)} exports; outside the archive: {' '.join(sorted(outside))}")
    print(f"exec.cc reaches {len(objects)} objects and outside: {' '.join(sorted(reached))}")


main()
