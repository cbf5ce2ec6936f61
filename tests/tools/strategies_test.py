#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each strategy is in pages that no other test compares: strategies_test.py PROJECT. Prints TAP"""
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


def rows_are_in(page, row, names):
    with open(os.path.join(PROJECT, page), encoding="utf-8") as file:
        text = file.read()
    for name in names:
        assert re.search(row.format(name), text, re.MULTILINE), f"{name}: no row in {page}"


def the_doctors_page_shows_each(names):
    rows_are_in("man/exeseal-doctor.1.scd", "^{} +(yes|no) ", names)


def the_core_names_the_file_of_each(names):
    rows_are_in("docs/internals/architecture.md", "^\\| `seal/strategies` .*`{}`", names)


def the_header_has_strategies(names):
    assert "memfd" in names and len(names) == len(set(names)), names


report([the_header_has_strategies, the_peers_are_started_from_each, the_doctors_page_shows_each,
        the_core_names_the_file_of_each], strategies(PROJECT))
