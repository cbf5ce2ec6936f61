#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tap.py prints the line and the expression of a failed check first. Prints TAP, by tap.py."""

import contextlib
import inspect
import io
import os

from tap import Skip, report


def printed(*checks):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        report(checks)
    return out.getvalue().splitlines()


def demand(value):
    assert value["answer"] == 42, value


def fails():
    demand({"answer": 41})


def skips():
    raise Skip("no answer here")


def failed_line_comes_first():
    def line_of(function):
        return f"{os.path.basename(__file__)}:{inspect.getsourcelines(function)[1] + 1}"

    assert printed(fails) == [
        "1..1",
        f'# {line_of(fails)}: demand({{"answer": 41}})',
        f'# {line_of(demand)}: assert value["answer"] == 42, value',
        "# {'answer': 41}",
        "not ok 1 - fails",
    ], printed(fails)


def skip_keeps_its_reason():
    assert printed(skips) == ["1..1", "ok 1 - skips # SKIP no answer here"], printed(skips)


report([failed_line_comes_first, skip_keeps_its_reason])
