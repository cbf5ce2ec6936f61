#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/finding-programs.md has the reasons for which exeseal_resolve refuses programs.

Each reason of the core is on the page, and each reason on the page is one of the core. Prints TAP:
reasons_test.py PROJECT
"""
import glob
import os
import re
import sys

from tap import report

PROJECT = sys.argv[1]


def reasons_of_the_core():
    """The string literals of several words in lib/find."""
    text = ""
    for path in glob.glob(os.path.join(PROJECT, "lib", "find", "*.cc")):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    return {reason.strip(" :") for reason in re.findall(r'"([a-z][^"\n]* [^"\n]*)"', text)}


def page():
    with open(os.path.join(PROJECT, "docs", "finding-programs.md"), encoding="utf-8") as file:
        return file.read()


def reasons_of_the_page():
    """The second column of the table of rules."""
    table = page().split("| rule | reason in `why` |")[1].split("\n\n")[0]
    cells = [row.split(" | ")[1] for row in table.splitlines()[2:]]
    return {reason for cell in cells for reason in re.findall(r"`([^`]+)`", cell)}


def the_page_has_each_reason():
    text = " ".join(page().split())
    missing = [reason for reason in sorted(reasons_of_the_core()) if reason not in text]
    assert not missing, missing


def each_reason_on_the_page_is_in_the_core():
    known = reasons_of_the_core()
    unknown = [reason for reason in sorted(reasons_of_the_page()) if reason.removesuffix(", ...") not in " ".join(known)]
    assert not unknown, unknown


def there_are_reasons():
    assert len(reasons_of_the_core()) > 10 and len(reasons_of_the_page()) > 10


report([there_are_reasons, the_page_has_each_reason, each_reason_on_the_page_is_in_the_core])
