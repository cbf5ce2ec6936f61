# SPDX-License-Identifier: MIT
"""exeseal.h by itself compiles with every warning in each standard that it supports.

The compiler does not treat it as a system header, and nothing is included before it. The control
is a header that must be rejected: otherwise the flags would prove nothing."""

import argparse
import os
import tempfile

import subprocess

from script import fail, skip

WARNINGS = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-Wundef", "-Wstrict-prototypes", "-fsyntax-only"]
USE = """#include <exeseal.h>
int use(void);
int use(void) {
    struct exeseal_report report;
    uint32_t mode = EXESEAL_MODE_AUTOMATIC;
    report.guarantees = EXESEAL_GUARANTEE_SEALED | EXESEAL_GUARANTEE_STABLE;
    return exeseal_mode_parse("", &mode) + (int)report.guarantees + (int)sizeof(struct exeseal_clone_options);
}
"""
REFUSED = "enum exeseal_wrong { EXESEAL_WRONG, };\nint f(void); // comment\n"


def compiles(compiler, standard, language, include, source):
    flags = [flag for flag in WARNINGS if language == "c" or flag != "-Wstrict-prototypes"]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "use." + ("c" if language == "c" else "cc"))
        with open(path, "w") as file:
            file.write(source)
        done = subprocess.run(
            [*compiler, "-std=" + standard, *flags, "-I" + include, path], stderr=subprocess.PIPE, text=True
        )
        return done.returncode == 0, done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cc", required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--include", required=True)
    arguments = parser.parse_args()
    standards = [(arguments.cc, "c", s) for s in ("c89", "c99", "c11")]
    standards += [(arguments.cxx, "c++", s) for s in ("c++11", "c++20")]
    if compiles(arguments.cc.split(), "c89", "c", arguments.include, REFUSED)[0]:
        skip("header", "this compiler's -std=c89 -pedantic-errors refuses nothing")
    for compiler, language, standard in standards:
        good, messages = compiles(compiler.split(), standard, language, arguments.include, USE)
        if not good:
            fail(f"{standard}:\n{messages}")
        print(f"{standard} ok")


main()
