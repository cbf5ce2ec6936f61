#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/adopt compares the results of a project before and after a change. Prints TAP.

adopt_test.py PROJECT
"""
import os
import sys
import tempfile

from tap import report

sys.path.insert(0, os.path.join(sys.argv[1], "tests", "adopt"))
sys.dont_write_bytecode = True
from project import substitute, tap, verdict

PASS, FAIL, SKIP = {"test": "pass"}, {"test": "fail"}, {"test": "skip"}


def check(old, new, unstable, worse):
    assert verdict(old, new)[0] == unstable and verdict(old, new)[3] == worse, verdict(old, new)


def the_same_results_are_not_worse():
    for result in PASS, FAIL, SKIP:
        check([result] * 2, [result] * 2, [], [])


def a_test_that_fails_is_skipped_or_does_not_run_is_worse():
    for result in FAIL, SKIP, {}:
        check([PASS] * 2, [result] * 2, [], ["test"])
    check([SKIP] * 2, [{}] * 2, [], ["test"])


def a_test_that_fails_once_after_the_change_is_worse():
    for result in FAIL, SKIP, {}:
        check([PASS] * 2, [PASS, result], [], ["test"])
        check([PASS] * 2, [result, PASS], [], ["test"])


def a_test_that_differs_before_the_change_does_not_count():
    for result in FAIL, SKIP, {}:
        check([PASS, result], [FAIL] * 2, ["test"], [])
        check([result, PASS], [FAIL] * 2, ["test"], [])


def tap_has_the_results():
    assert tap("1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c #SKIP\n", "x ") == {"x a": "pass", "x b": "fail", "x c": "skip"}


def tap_that_ends_early_fails():
    for log in "", "ok 1 - a\n", "1..2\nok 1 - a\n":
        assert tap(log, "x ")["x all tests run"] == "fail", log


def a_pattern_must_match_once():
    with tempfile.TemporaryDirectory() as tree:
        for text, is_changed in ("old\n", True), ("other\n", False), ("old\nold\n", False):
            with open(os.path.join(tree, "file"), "w", encoding="utf-8") as file:
                file.write(text)
            try:
                substitute(tree, "file", "^old$", "new")
                assert is_changed, text
            except RuntimeError:
                assert not is_changed, text


report([the_same_results_are_not_worse, a_test_that_fails_is_skipped_or_does_not_run_is_worse,
        a_test_that_fails_once_after_the_change_is_worse, a_test_that_differs_before_the_change_does_not_count,
        tap_has_the_results, tap_that_ends_early_fails, a_pattern_must_match_once])
