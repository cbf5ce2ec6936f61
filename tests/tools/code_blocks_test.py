#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The code blocks of README.md and docs/ compile or parse: code_blocks_test.py PROJECT CC CXX.

Prints TAP. C blocks are compiled as C and C++, and those that are marked cpp as C++20. The
fragments of a page continue each other, so they are nested in one function. Other languages are
parsed only: Go by gofmt, shell by bash, JSON and TOML by Python."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

from tap import Skip, report

PROJECT, CC, CXX = sys.argv[1], *map(shlex.split, sys.argv[2:4])
PAGES = [os.path.join(PROJECT, "README.md"), *sorted(glob.glob(os.path.join(PROJECT, "docs", "**", "*.md"), recursive=True))]
INCLUDE = ["-I" + os.path.join(PROJECT, "lib", folder) for folder in ("include", "cpp", "reexec")]
# The variables that fragments use without a declaration.
AROUND = """#include <stdio.h>
void around(int source, char **argv, char **envp);
void around(int source, char **argv, char **envp) {
"""


def blocks(language):
    """[(page, [block])], without the pages that have no block."""
    found = []
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            some = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
        if some:
            found.append((os.path.relpath(page, PROJECT), some))
    return found


def expect(page, text, *command):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {shlex.join(command)}\n{done.stderr}{text}"
    return done.stdout


def is_whole_file(block):
    """A program, or declarations at file level."""
    return "int main(" in block or "EXESEAL_REEXEC_OR_RUN_UNSEALED" in block


def in_one_function(fragments, header="exeseal.h"):
    bodies = [re.sub(r"^#include .*\n", "", fragment, flags=re.MULTILINE) for fragment in fragments]
    return f"#include <{header}>\n" + AROUND + "{\n" + "{\n".join(bodies) + "}" * len(bodies) + "\n}\n"


def c_blocks_compile():
    for page, some in blocks("c"):
        whole = [block for block in some if is_whole_file(block)]
        fragments = [block for block in some if not is_whole_file(block)]
        for text in whole:
            expect(page, text, *CC, "-std=gnu11", "-fsyntax-only", "-Wall", "-Werror", *INCLUDE, "-xc", "-")
        if fragments:
            text = in_one_function(fragments)
            expect(page, text, *CC, "-std=gnu11", "-fsyntax-only", *INCLUDE, "-xc", "-")
            expect(page, text, *CXX, "-fsyntax-only", *INCLUDE, "-xc++", "-")


def cpp_blocks_compile():
    for page, some in blocks("cpp"):
        text = in_one_function(some, "exeseal.hpp")
        expect(page, text, *CXX, "-std=c++20", "-fsyntax-only", *INCLUDE, "-xc++", "-")


def go_blocks_are_as_gofmt_writes_them():
    if not shutil.which("gofmt"):
        raise Skip("no gofmt")
    for page, some in blocks("go"):
        for text in some:
            difference = expect(page, text, "gofmt", "-e", "-d")
            assert not difference, f"{page}: {difference}"


def shell_blocks_parse():
    for page, some in blocks("sh"):
        for text in some:
            expect(page, text, "bash", "-n")


def json_and_toml_blocks_parse():
    for language, parse in ("json", json.loads), ("toml", tomllib.loads):
        for page, some in blocks(language):
            for text in some:
                try:
                    parse(text)
                except ValueError as error:
                    raise AssertionError(f"{page}: {error}\n{text}") from None


def every_language_has_blocks():
    for language in "c", "cpp", "go", "sh", "json", "toml":
        assert blocks(language), f"no block of {language}: has the form of the pages changed?"


report([every_language_has_blocks, c_blocks_compile, cpp_blocks_compile, go_blocks_are_as_gofmt_writes_them, shell_blocks_parse, json_and_toml_blocks_parse])
