# SPDX-License-Identifier: MIT
"""The programs in examples/ outside the tree: exeseal is installed below a temporary prefix, and
they are built against it by make, meson and CMake, shared and static, and run."""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from installation import install, skip_unless_installable
from library import needed
from script import fail, output_of

WARNINGS = "-Werror -Wconversion -Wshadow"
STATIC_BY = {"make": ["STATIC=--static"], "meson": ["-Dprefer_static=true", "-Dc_link_args=-static"], "cmake": ["-DSTATIC=ON"]}


def relocate(prefix, libdir):
    """The .pc files name the folder where the staged files are."""
    folder = os.path.join(prefix, libdir, "pkgconfig")
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path) as file:
            text = re.sub("^prefix=.*", "prefix=" + prefix, file.read(), flags=re.MULTILINE)
        with open(path, "w") as file:
            file.write(text)


def build(system, folder, options, arguments):
    """The folder of the programs."""
    if system == "make":
        flags = [f"CC={arguments.cc}", f"CXX={arguments.cxx}"]
        output_of("make", "-C", folder, *options, *flags, env=dict(os.environ, CFLAGS=WARNINGS, CXXFLAGS=WARNINGS))
        return folder
    output = os.path.join(folder, "build")
    environment = dict(os.environ, CC=arguments.cc, CXX=arguments.cxx, CFLAGS=WARNINGS)
    if system == "meson":
        output_of(*arguments.meson.split(), "setup", output, folder, *options, env=environment)
        output_of(*arguments.meson.split(), "compile", "-C", output)
    else:
        output_of("cmake", "-S", folder, "-B", output, *options, env=environment)
        output_of("cmake", "--build", output)
    return output


def check_collect(program):
    done = subprocess.run([program, "sh", "-c", "echo one; exit 3"], capture_output=True, text=True)
    if done.returncode != 3 or re.search(r"4 bytes from \S*sh:\none\n$", done.stdout) is None:
        fail(f"{program}: {done}")
    done = subprocess.run([program, "no-such-program-here"], capture_output=True, text=True)
    if done.returncode != 125 or "No such file or directory" not in done.stderr:
        fail(f"{program}: {done}")


def check_launcher(program):
    shell = "while read line; do case $line in NoNewPrivs*|CapEff*|CapInh*) echo $line;; esac; done </proc/self/status; "
    shell += "echo secret=$SECRET; /bin/true || echo not executed"
    done = subprocess.run([program, "sh", "-c", shell], capture_output=True, text=True, env=dict(os.environ, SECRET="x"))
    for line in ("NoNewPrivs: 1", "CapEff: 0000000000000000", "CapInh: 0000000000000000", "secret="):
        if line not in done.stdout.splitlines():
            fail(f"{program}: {line}: {done}")
    print("Landlock: " + ("in effect" if "not executed" in done.stdout else "not available here"))


def check_daemon(program):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        output_of(program, path)  # it is in the background when this returns
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            answer = client.makefile().read()
        found = re.fullmatch(r"process (\d+), sealed: yes\n", answer)
        if found is None:
            fail(f"{program}: {answer!r}")
        executable = os.readlink(f"/proc/{found.group(1)}/exe")
        os.kill(int(found.group(1)), signal.SIGTERM)
        if not executable.startswith("/memfd:"):
            fail(f"{program}: {executable}")


CHECKS = {"collect": check_collect, "daemon": check_daemon, "launcher": check_launcher}


def check(system, language, names, options, arguments, expected):
    source = os.path.join(arguments.examples, language)
    with tempfile.TemporaryDirectory() as directory:
        folder = build(system, shutil.copytree(source, os.path.join(directory, language)), options, arguments)
        for name in names:
            program = os.path.join(folder, name)
            libraries = [library for library in needed(arguments.readelf, program) if library.startswith("libexeseal")]
            if libraries != expected:
                fail(f"{system} {options}: {name} needs {libraries}")
            CHECKS[name](program)
    print(f"{language}: {system} {' '.join(options)}: ok")


def main():
    parser = argparse.ArgumentParser()
    for option in ("build", "meson", "cc", "cxx", "readelf", "prefix", "libdir", "examples"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--static-libc", action="store_true")
    arguments = parser.parse_args()
    skip_unless_installable("examples", arguments)
    with tempfile.TemporaryDirectory() as directory:
        prefix, libraries = install(arguments, directory)
        relocate(prefix, arguments.libdir)
        os.environ["PKG_CONFIG_PATH"] = os.path.join(prefix, arguments.libdir, "pkgconfig")
        os.environ["LD_LIBRARY_PATH"] = libraries
        for system, static in STATIC_BY.items():
            if shutil.which(system) is None:
                print(f"skip {system}: not installed")
                continue
            for options, expected in ([], ["libexeseal.so.0"]), (static, []):
                if options and not arguments.static_libc:
                    print(f"skip {system} {' '.join(options)}: no static libc")
                    continue
                check(system, "c", CHECKS, options, arguments, expected)
                if system == "make":
                    check(system, "cpp", ["collect"], options, arguments, expected)


main()
