#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A test program's results, in a form that does not depend on the library that it was linked
with.

    verdicts.py WITH_CMOCKA WITH_GOOGLETEST

runs both programs, prints what they disagree on, and exits with 1 if that is anything.

Both libraries mark the beginning and end of a test with the same brackets. Differences of format
are dropped: GoogleTest puts the group before a test's name, and cmocka distinguishes an error in
a fixture from a failure. A skipped test has no places, because cmocka does not print where it
was skipped."""

import collections
import os
import pty
import re
import subprocess
import sys
import threading

Case = collections.namedtuple("Case", "name verdict places")
Outcome = collections.namedtuple("Outcome", "exit_code cases")

VERDICTS = {"OK": "passed", "FAILED": "failed", "ERROR": "failed", "SKIPPED": "skipped"}
BROKEN_OFF = "broken off"
ELSEWHERE = "elsewhere"

# Since 1.1.6, libcmocka prints the group's name before the number.
GROUPS = re.compile(r"\[=+\] (?:\S+: )?(Running )?\d+ test")
MARK = re.compile(r"\[ +(RUN|OK|FAILED|ERROR|SKIPPED) +\] (?!--- )(.+)")
PLACE = re.compile(r"([^\s:]+):(\d+): (?:error|note|Failure)\b")


def anywhere(_):
    return True


class Reader:
    """The cases in the order in which they ran. A place in a file for which is_own() is false is
    recorded only as elsewhere."""

    def __init__(self, text, is_own=anywhere):
        self.is_own, self.cases, self.test, self.places = is_own, [], None, []
        running = False
        for line in text.splitlines():
            if groups := GROUPS.match(line):
                self.break_off()
                running = groups[1] is not None
            elif not running:
                continue  # the summary repeats the failures
            elif mark := MARK.match(line):
                self.mark(*mark.groups())
            else:
                self.message(line)
        self.break_off()

    def mark(self, kind, name):
        if kind == "RUN":
            self.break_off()
            self.test = name
        elif self.test in (None, name):
            self.end(name, VERDICTS[kind])

    def message(self, line):
        for path, number in PLACE.findall(line):
            place = f"{os.path.basename(path)}:{number}" if self.is_own(path) else ELSEWHERE
            if place not in self.places:
                self.places.append(place)

    def end(self, name, verdict):
        self.cases.append(Case(name, verdict, () if verdict == "skipped" else tuple(self.places)))
        self.test, self.places = None, []

    def break_off(self):
        if self.test is not None:
            self.end(self.test, BROKEN_OFF)


class CMockaReader(Reader):
    def __init__(self, text, is_own=anywhere):
        """The deprecated runners do not end the line of a failure."""
        super().__init__(text.replace("Failure![", "Failure!\n["), is_own)

    def mark(self, kind, name):
        """After the failure of a group's fixture, a second mark names the group. GoogleTest
        prints no such line."""
        if kind != "ERROR" or self.test is not None:
            super().mark(kind, name)


class GoogleTestReader(Reader):
    GROUP = re.compile(r"\[-+\] \d+ tests? from ")
    NAME = re.compile(r".*?\.(.+?)(?: \(\d+ ms\))?")
    FIXTURE = re.compile(r"Group (setup|teardown) failed")

    fixture, setup_failed = None, False

    def mark(self, kind, name):
        match = self.NAME.fullmatch(name)
        if match is None:
            return
        if kind == "RUN":
            self.end_fixture()
        super().mark(kind, match[1])

    def message(self, line):
        if self.GROUP.match(line):
            self.end_fixture()
            self.setup_failed = False
        elif self.test is None and (fixture := self.FIXTURE.match(line)):
            self.fixture = f"GROUP {fixture[1].upper()}"
        if not line.startswith("unknown file"):
            super().message(line)

    def end(self, name, verdict):
        """cmocka does not name the tests that a failed group setup prevents."""
        if not (self.setup_failed and verdict == "skipped"):
            return super().end(name, verdict)
        self.test, self.places = None, []

    def end_fixture(self):
        if self.fixture is not None:
            self.end(self.fixture, "failed")
            self.setup_failed = self.fixture == "GROUP SETUP"
        # Without a fixture, the group has left blocks behind: cmocka then only exits, without a
        # message.
        self.fixture, self.places = None, []


def run(command, timeout=600, **environment):
    """Returns the exit code and the whole output. On a terminal, standard output is not held
    back until the end, so a failure's message on standard error appears at its test.
    failure's message on standard error stands with its test."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CMOCKA_", "GTEST_"))}
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=end,
        env={**inherited, "GTEST_COLOR": "no", **environment},
    )
    os.close(end)
    killer = threading.Timer(timeout, process.kill)
    killer.start()
    output = b""
    try:
        while part := os.read(terminal, 65536):
            output += part
    except OSError:
        pass  # EIO: nobody holds the other end open
    finally:
        os.close(terminal)
        exit_code = process.wait()
        killer.cancel()
    return exit_code, output.decode(errors="replace").replace("\r\n", "\n")


def differences(real, ours):
    """Returns one line for each difference between two outcomes."""
    found = []
    if real.exit_code != ours.exit_code:
        found.append(f"exit code {real.exit_code} and {ours.exit_code}")
    if [case.name for case in real.cases] != [case.name for case in ours.cases]:
        names = (", ".join(case.name for case in outcome.cases) or "none" for outcome in (real, ours))
        found.append("tests {} and {}".format(*names))
    else:
        for a, b in zip(real.cases, ours.cases):
            if a != b:
                found.append(f"{a.name}: {described(a)} and {described(b)}")
    return found


def described(case):
    return " ".join((case.verdict, *case.places))


def main(with_cmocka, with_googletest):
    outcomes = []
    for program, reader in ((with_cmocka, CMockaReader), (with_googletest, GoogleTestReader)):
        exit_code, text = run([program])
        outcomes.append(Outcome(exit_code, reader(text).cases))
    found = differences(*outcomes)
    print("\n".join(found or [f"{len(outcomes[0].cases)} tests agree"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
