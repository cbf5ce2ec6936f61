#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every strategy has its place where nothing else asks for it: strategies_test.py PROJECT. Prints TAP."""
import os
import re
import sys

from strategies import strategies
from tap import report

PROJECT = sys.argv[1]
sys.path.append(os.path.join(PROJECT, "tests", "peers"))
import matrix  # noqa: E402


def the_peers_are_started_from_each(names):
    for name in names:
        assert (name in matrix.STARTS) != (name in matrix.NOT_STARTED), f"{name}: neither a start nor a reason in tests/peers/matrix.py"


def the_doctors_page_shows_each(names):
    with open(os.path.join(PROJECT, "docs", "doctor.md"), encoding="utf-8") as page:
        text = page.read()
    for name in names:
        assert re.search(rf"^{name} +(yes|no) ", text, re.MULTILINE), f"{name}: no row in docs/doctor.md"


def the_header_has_strategies(names):
    assert "memfd" in names and len(names) == len(set(names)), names


report([the_header_has_strategies, the_peers_are_started_from_each, the_doctors_page_shows_each], strategies(PROJECT))
