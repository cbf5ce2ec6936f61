#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents have the reasons for which exeseal_resolve refuses programs, and the causes.

reasons_test.py PROJECT. The causes are those of the command; with EXESEAL_UPDATE=1 their table is
written. Prints TAP.
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
        text += read(path)
    return {reason.strip(" :") for reason in re.findall(r'"([a-z][^"\n]* [^"\n]*)"', text)}


def read(*path):
    with open(os.path.join(PROJECT, *path), encoding="utf-8") as file:
        return file.read()


def page():
    return read("docs", "finding-programs.md")


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


def causes():
    """[(cause, text)] of the command. A cause without a text has the advice of the core."""
    found = []
    for name in "cause.cc", "huge_pages.cc":
        rows = re.findall(r'Cause k\w+ = \{\s*"([^"]+)",\s*((?:"[^"]*"\s*)+)\}', read("tools", "exeseal", name))
        found += [(cause, "".join(re.findall(r'"([^"]*)"', literals))) for cause, literals in rows]
    return [(cause, text) for cause, text in found if text]


def the_page_has_each_cause():
    begin, end = "<!-- causes -->\n", "<!-- end of causes -->\n"
    assert len(causes()) > 20, causes()
    wanted = "| cause | text |\n| --- | --- |\n" + "".join(f"| `{cause}` | {text} |\n" for cause, text in causes())
    old = read("docs", "troubleshooting.md")
    before, rest = old.split(begin)
    new = before + begin + wanted + end + rest.split(end)[1]
    if os.environ.get("EXESEAL_UPDATE"):
        with open(os.path.join(PROJECT, "docs", "troubleshooting.md"), "w", encoding="utf-8") as file:
            file.write(new)
    else:
        assert old == new, "docs/troubleshooting.md: run this test with EXESEAL_UPDATE=1"


def there_are_reasons():
    assert len(reasons_of_the_core()) > 10 and len(reasons_of_the_page()) > 10


report([there_are_reasons, the_page_has_each_reason, each_reason_on_the_page_is_in_the_core, the_page_has_each_cause])
