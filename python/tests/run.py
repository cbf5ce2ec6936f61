# SPDX-License-Identifier: MIT
"""Runs the tests of the Python package with pytest, and prints TAP.

    run.py FOLDER SOURCE

FOLDER has the built package exeseal, SOURCE is the folder python of the sources.
"""

import os
import sys

folder, source = sys.argv[1:3]
sys.path.insert(0, folder)
try:
    import pytest
except ImportError:
    print("1..0 # SKIP no pytest for", sys.executable)
    sys.exit()


class Tap:
    """A plugin of pytest that prints a line for each test."""

    def __init__(self):
        self.count = 0

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and report.passed:
            return
        self.count += 1
        verdict, reason = ("not ok" if report.failed else "ok"), ""
        if report.skipped:
            reason = f" # SKIP {report.longrepr[2].removeprefix('Skipped: ')}"
        elif report.failed:
            print("", *(f"# {line}" for line in report.longreprtext.splitlines()), sep="\n")
        name = report.nodeid.partition("::")[2].removeprefix("test_").replace("_", " ")
        print(f"\n{verdict} {self.count} - {name}{reason}", flush=True)


tap = Tap()
options = ["-p", "no:cacheprovider", "-p", "no:terminal", "-s", "-W", "error", "--rootdir", source]
result = pytest.main([*options, os.path.join(source, "tests")], plugins=[tap])
print(f"\n1..{tap.count}")
sys.exit(0 if result in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else result)
