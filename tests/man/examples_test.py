#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs in the manual pages compile, and those marked so run. Prints TAP.

examples_test.py PROJECT CC CXX LIBEXESEAL LIBEXESEAL-CAPS LIBEXESEAL-REEXEC

A program is a literal block with main() in section EXAMPLES. A comment "; run [ARGUMENT...]" in
the line above it: the test runs the program with these arguments, and expects exit status 0.
"""

import os
import subprocess
import sys
import tempfile

from manual import pages
from tap import report

PROJECT, CC, CXX, CORE, CAPS, REEXEC = sys.argv[1:7]
FLAGS = ["-Wall", "-Wextra", "-Werror", *(f"-I{PROJECT}/lib/{folder}" for folder in ("include", "cpp", "caps", "reexec"))]


def programs():
    """{name: (page, comment, text)}"""
    found = {}
    for page in pages(PROJECT).values():
        blocks = [block for block in page.literals("EXAMPLES") if "int main(" in block[1]]
        for number, (comment, text) in enumerate(blocks, 1):
            found[f"{page.file}, program {number}"] = (page, comment, text)
    return found


def libraries(text):
    used = [CAPS] if "<exeseal-caps.h>" in text else []
    if "<exeseal-reexec.h>" in text:
        used += ["-Wl,-undefined=exeseal_reexec_before_main", REEXEC]
    used.append(CORE)
    return used + [f"-Wl,-rpath,{os.path.dirname(path)}" for path in used if path.endswith(".so") or ".so." in path]


def compile_and_run(comment, text, directory):
    compiler, ending = (CXX, "cc") if "<exeseal.hpp>" in text else (CC, "c")
    source, program = os.path.join(directory, f"example.{ending}"), os.path.join(directory, "example")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run(
        [*compiler.split(), *FLAGS, "-o", program, source, *libraries(text)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    command, *arguments = comment.split() or [""]
    if command != "run":
        return
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=directory, check=False
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"


def check(comment, text):
    with tempfile.TemporaryDirectory() as directory:
        compile_and_run(comment, text, directory)


def a_program_with_a_fault_is_rejected():
    for text in ("int main(void) { int unused; }\n", "#include <exeseal.h>\nint main(void) { return exeseal_probe(2); }\n"):
        try:
            check("", text)
        except AssertionError:
            continue
        raise AssertionError(f"compiled: {text}")


def each_function_has_an_example():
    found = programs()
    for page in pages(PROJECT).values():
        if page.section == "3" and page.name.startswith("exeseal_"):
            texts = "".join(text for owner, _, text in found.values() if owner.file == page.file)
            assert any(f"{name}(" in texts for name in page.names()), f"{page.file}.scd: no program that calls it"


CHECKS = {
    "a program with a fault is rejected": a_program_with_a_fault_is_rejected,
    "each function has an example": each_function_has_an_example,
}
for name, (_, comment, text) in programs().items():
    CHECKS[name + (" runs" if comment else " compiles")] = lambda comment=comment, text=text: check(comment, text)
report(CHECKS)
