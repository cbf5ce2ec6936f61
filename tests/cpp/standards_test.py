#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exeseal_hpp_test.cc passes with gcc and clang in each standard, with and without exceptions;
exeseal.hpp uses every constant and function of exeseal.h.

standards_test.py PROJECT LIBEXESEAL LIBGTEST_MAIN PAYLOAD. Prints TAP. The warnings hold for the
header too: it is not a system header here.
"""

import os
import re
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
# C++ has std::generic_category() for errors, and callers of the others have C strings.
C_ALONE = {"exeseal_version", "exeseal_errno_name", "exeseal_environment_filter"}


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


def read(path):
    with open(os.path.join(PROJECT, path), encoding="utf-8") as file:
        return file.read()


def uses_all_of_the_c_header():
    header = read("lib/include/exeseal.h")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", read("lib/cpp/exeseal.hpp"), flags=re.DOTALL)
    used = set(re.findall(r"\w+", code))
    constants = set(re.findall(r"^#define (EXESEAL_\w+) ", header, re.MULTILINE))
    constants = {name for name in constants if not name.startswith("EXESEAL_VERSION_")}
    functions = set(re.findall(r"^[\w *]+?(exeseal_\w+)\(", header, re.MULTILINE))
    assert len(constants) > 100 and len(functions) > 20
    unused = (constants | functions) - used
    assert unused == C_ALONE, f"exeseal.hpp does not use {sorted(unused - C_ALONE)}, or uses {sorted(C_ALONE - unused)}"


CHECKS = {"uses all of the C header": uses_all_of_the_c_header}
for name in ("g++", "clang++"):
    CHECKS[f"{name} rejects a result that is ignored"] = lambda name=name: ignores_no_result(name)
    for standard in STANDARDS:
        for flag in ("-fexceptions", "-fno-exceptions"):
            CHECKS[f"{name} {standard} {flag}"] = lambda name=name, standard=standard, flag=flag: passes(
                name, f"-std={standard}", flag
            )
report(CHECKS)
