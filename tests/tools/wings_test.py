#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The folders of the core include only what they may: wings_test.py LIB [FOLDER]... Prints TAP.

seal, launch and find never include each other, and base includes none of them, so that each can be
used without the others. Headers are named from LIB. Each source file of all folders begins with its
purpose.
"""
import os
import re
import sys

BESIDE = {
    "base": set(),
    "seal": {"base", "seal/strategies"},
    "seal/strategies": {"base", "seal"},
    "launch": {"base"},
    "find": {"base"},
}
APART = {".", "include", "caps", "reexec"}  # the top, which joins them, and other libraries
MOST_FILES = 30
MOST_ENTRIES = 16


def sources(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith((".c", ".cc", ".h")))


def wrong_includes(lib, wing):
    for name in sources(os.path.join(lib, wing)):
        with open(os.path.join(lib, wing, name), encoding="utf-8") as file:
            for header in re.findall(r'^\s*#\s*include "([^"]+)"', file.read(), re.MULTILINE):
                folder = os.path.dirname(header)
                if header != "exeseal.h" and folder != wing and folder not in BESIDE[wing]:
                    yield f"{wing}/{name} includes {header}"


def unknown_folders(lib):
    for folder, _, _ in os.walk(lib):
        wing = os.path.relpath(folder, lib)
        if sources(folder) and wing not in BESIDE and wing not in APART:
            yield f"{wing} has no row in this test"


def without_purpose(folders):
    for top in folders:
        for folder, _, _ in os.walk(top):
            for name in sources(folder):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    purpose = file.read().splitlines()[1]
                if not purpose.startswith(("// ", "/* ")) or "clang-format" in purpose or len(purpose.split()) < 4:
                    yield f"{folder}/{name}: {purpose}"


def check(number, name, problems, nothing):
    problems = list(problems)
    if nothing:
        problems.append("there is nothing to look at")
    for problem in problems:
        print("#", problem)
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")


def main(lib, *others):
    print(f"1..{len(BESIDE) * 2 + 3}")
    number = 0
    for wing in BESIDE:
        files = sources(os.path.join(lib, wing))
        number += 1
        check(number, f"{wing} includes what it may", wrong_includes(lib, wing), not files)
        number += 1
        check(number, f"{wing} has at most {MOST_FILES} files", [f"{len(files)} files"] * (len(files) > MOST_FILES),
              not files)
    entries = os.listdir(lib)
    check(number + 1, f"the core has at most {MOST_ENTRIES} entries", [" ".join(entries)] * (len(entries) > MOST_ENTRIES),
          not entries)
    check(number + 2, "each folder has its rule", unknown_folders(lib), False)
    check(number + 3, "each source file begins with its purpose", without_purpose([lib, *others]), False)


main(*sys.argv[1:])
