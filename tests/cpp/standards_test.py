#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exeseal_hpp_test.cc passes with gcc and clang in each standard, with and without exceptions.

standards_test.py PROJECT LIBEXESEAL LIBGTEST_MAIN PAYLOAD. Prints TAP. The warnings hold for the
header too: it is not a system header here.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, report

PROJECT, LIBRARY, GTEST_MAIN, PAYLOAD = sys.argv[1:5]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
FLAGS = [*WARNINGS, f"-I{PROJECT}/lib/cpp", f"-I{PROJECT}/lib/include", f'-DPAYLOAD="{PAYLOAD}"']
LIBRARIES = [GTEST_MAIN, "-lgtest", "-pthread", LIBRARY, f"-Wl,-rpath,{os.path.dirname(LIBRARY)}"]
STANDARDS = ("c++17", "c++20", "c++2b")


def compiled(compiler, *arguments):
    if shutil.which(compiler) is None:
        raise Skip(f"no {compiler}")
    return subprocess.run([compiler, *FLAGS, *arguments], capture_output=True, text=True, check=False)


def passes(compiler, *options):
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, "test")
        done = compiled(compiler, *options, f"{PROJECT}/tests/cpp/exeseal_hpp_test.cc", "-o", program, *LIBRARIES)
        assert done.returncode == 0, done.stderr
        done = subprocess.run([program], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("Values.AreReturned" in done.stdout) == ("-fno-exceptions" not in options), done.stdout


def ignores_no_result(compiler):
    with tempfile.TemporaryDirectory() as directory:
        source = os.path.join(directory, "ignores.cc")
        for statement, valid in (("(void)exeseal::try_probe({});", True), ("exeseal::try_probe({});", False)):
            with open(source, "w", encoding="utf-8") as file:
                file.write(f"#include <exeseal.hpp>\nint main() {{ {statement} }}\n")
            done = compiled(compiler, "-std=c++17", "-fsyntax-only", source)
            assert (done.returncode == 0) == valid, f"{statement}\n{done.stderr}"


CHECKS = {}
for name in ("g++", "clang++"):
    CHECKS[f"{name} rejects a result that is ignored"] = lambda name=name: ignores_no_result(name)
    for standard in STANDARDS:
        for flag in ("-fexceptions", "-fno-exceptions"):
            CHECKS[f"{name} {standard} {flag}"] = lambda name=name, standard=standard, flag=flag: passes(
                name, f"-std={standard}", flag
            )
report(CHECKS)
