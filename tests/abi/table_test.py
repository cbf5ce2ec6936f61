# SPDX-License-Identifier: MIT
"""The table in tests/README.md has a row for each exported function. Each row names files that
exist, and one of them calls the function."""

import argparse
import glob
import os
import re

from library import mapped
from script import fail


def rows(path):
    """{function: the file patterns of its row}"""
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"^\| `(exeseal_\w+)` \| (.*) \|$", file.read(), flags=re.M)
    return {function: re.findall(r"`([^`]+)`", files) for function, files in found}


def names(path, function):
    with open(path, encoding="utf-8") as file:
        return re.search(rf"\b{function}\b", file.read()) is not None


def check_row(folder, function, patterns):
    files = []
    for pattern in patterns:
        found = glob.glob(os.path.join(folder, pattern))
        if not found:
            fail(f"{function}: there is no tests/{pattern}")
        files += found
    if not any(names(file, function) for file in files):
        fail(f"{function}: none of {patterns} names it")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--map", required=True, action="append")
    parser.add_argument("--tests", required=True)
    arguments = parser.parse_args()

    exported = {name for path in arguments.map for name in mapped(path)}
    table = rows(os.path.join(arguments.tests, "README.md"))
    if table.keys() != exported:
        fail(f"tests/README.md: no row for {sorted(exported - table.keys())}, a row too many for {sorted(table.keys() - exported)}")
    for function, patterns in table.items():
        check_row(arguments.tests, function, patterns)


main()
