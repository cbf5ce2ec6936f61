# SPDX-License-Identifier: MIT
"""C and C++ programs outside the tree, linked by exeseal-reexec.pc in every way, run sealed.

Nothing refers to the one object of libexeseal-reexec, so a linker leaves it out without a
message unless it is told to keep it. The control of each way to link is the same line without
-Wl,--undefined: that program must run unsealed. A shared library cannot be linked with it at
all."""

import argparse
import os
import shutil
import subprocess
import tempfile

from installation import install, leave_archives, pkg_config, skip_unless_installable
from script import fail, output_of

LOOK = r"""
#include <fcntl.h>
#include <stdio.h>

/* 0xf: sealed. -1 or 0x1: a file, or one on a tmpfs. */
static int seals(void) {
    return fcntl(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), 1034 /* F_GET_SEALS */);
}
"""
C = LOOK + r"""
static int at_construction;
__attribute__((constructor)) static void construct(void) { at_construction = seals(); }
int main(int argc, char **argv) { return printf("%d %d %d %s\n", at_construction, seals(), argc, argv[1]) < 0; }
"""
CXX = LOOK + r"""
struct Early { int at_construction = seals(); } early;
int main(int argc, char **argv) { return printf("%d %d %d %s\n", early.at_construction, seals(), argc, argv[1]) < 0; }
"""
PROGRAMS = {"c": C, "cc": CXX}
SEALED = "15 15 2 one argument\n"
KEPT = "-Wl,-undefined=exeseal_reexec_before_main"

OPTIONS = [
    [],
    ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--as-needed"],
    ["-O2", "-flto", "-Wl,--gc-sections", "-Wl,--as-needed", "-s"],
]


class Way:
    """The flags to link with: pkg-config's and our own."""

    def __init__(self, name, flags, own):
        self.name, self.flags, self.own = name, flags, own


def compilers(arguments):
    """{language: [command]} of all compilers here, the build's own first."""
    found = {"c": [arguments.cc.split()], "cc": [arguments.cxx.split()]}
    for language, names in (("c", ("gcc", "clang")), ("cc", ("g++", "clang++"))):
        found[language] += [[name] for name in names if shutil.which(name) and [name] not in found[language]]
    return found


def linkers():
    return [[]] + [["-fuse-ld=" + name] for name in ("gold", "lld") if shutil.which("ld." + name)]


def can_build(compiler, flags, directory):
    trivial = [*compiler, *flags, "-x", "c", "-", "-o", os.path.join(directory, "trivial")]
    return subprocess.run(trivial, input="int main(void) { return 0; }", text=True, stderr=subprocess.DEVNULL).returncode == 0


def seen(compiler, source, flags, program):
    output_of(*compiler, "-Wall", "-Wextra", "-Werror", "-o", program, source, *flags)
    return output_of(program, "one argument")


def check_way(way, compiler, source, directory):
    """The number of programs built."""
    count, program = 0, os.path.join(directory, "program")
    for options in OPTIONS + linkers()[1:]:
        if not can_build(compiler, way.own + options, directory):
            print(f"{' '.join(compiler)} cannot link {way.name} with {' '.join(options)} here")
            continue
        line = f"{' '.join(compiler)} {way.name} {' '.join(options)}"
        if (text := seen(compiler, source, way.own + options + way.flags, program)) != SEALED:
            fail(f"{line}: it ran as {text}")
        without = [flag for flag in way.flags if flag != KEPT]
        if (text := seen(compiler, source, way.own + options + without, program)) == SEALED or " 2 one argument" not in text:
            fail(f"{line}, without {KEPT}: {text}")
        count += 1
    return count


def check_shared_library(compiler, source, flags, directory):
    for linker in linkers():
        if not can_build(compiler, linker, directory):
            continue
        command = [*compiler, "-shared", "-fPIC", *linker, "-o", os.path.join(directory, "library.so"), source]
        output_of(*command)
        done = subprocess.run([*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            fail(f"{' '.join(compiler + linker)} links a shared library with it")
        if "_start" not in done.stdout and "preinit_array" not in done.stdout:
            fail(f"{' '.join(compiler + linker)} says why neither by .preinit_array nor by _start: {done.stdout}")


def main():
    parser = argparse.ArgumentParser()
    for option in ("build", "meson", "cc", "cxx", "prefix", "libdir"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    skip_unless_installable("reexec", arguments)
    with tempfile.TemporaryDirectory() as directory:
        prefix, libraries = install(arguments, directory)
        flags = pkg_config(prefix, arguments.libdir, "--cflags", "--libs", name="exeseal-reexec")
        static = pkg_config(prefix, arguments.libdir, "--static", "--cflags", "--libs", name="exeseal-reexec")
        if KEPT not in flags or KEPT not in static:
            fail(f"pkg-config does not say {KEPT}: {flags}")
        sources = {}
        for language, text in PROGRAMS.items():
            sources[language] = os.path.join(directory, "program." + language)
            with open(sources[language], "w") as file:
                file.write(text)
        shared_ways = [Way("shared", [*flags, "-Wl,-rpath," + libraries], [])]
        static_ways = [Way("archive", static, []), Way("static", static, ["-static"]),
                       Way("static-pie", static, ["-static-pie", "-fPIE"])]  # fmt: skip
        found, counts = compilers(arguments), {}

        def check(ways):
            for language, commands in found.items():
                for compiler in commands:
                    for way in ways:
                        count = check_way(way, compiler, sources[language], directory)
                        counts[way.name] = counts.get(way.name, 0) + count

        for compiler in found["c"]:
            check_shared_library(compiler, sources["c"], flags, directory)
        check(shared_ways)
        leave_archives(libraries)
        check(static_ways)
        print(f"ran sealed, and unsealed without {KEPT}: {counts}")
        if counts["shared"] == 0 or counts["archive"] == 0:
            fail("nothing was built")


main()
