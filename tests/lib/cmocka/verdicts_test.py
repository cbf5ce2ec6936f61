#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the readers of both formats, and that different outcomes are told apart."""

import itertools
import sys
import tempfile

from verdicts import BROKEN_OFF, ELSEWHERE, Case, CMockaReader, GoogleTestReader, Outcome, differences, run

CMOCKA = """\
[==========] Running 4 test(s).
[ RUN      ] good
[       OK ] good
[ RUN      ] bad
[  ERROR   ] --- 0x1 != 0x2
[   LINE   ] --- /source/one.c:12: error: Failure!
[  FAILED  ] bad
[ RUN      ] bad
[  ERROR   ] --- /source/one.c:30: error: a block is corrupt
/source/one.c:28: note: allocated here
[   LINE   ] --- /source/one.c:30: error: Failure!
[  FAILED  ] bad
[ RUN      ] not_here
[  SKIPPED ] not_here
[ RUN      ] unready
Could not run test: its setup failed
[  ERROR   ] unready
[==========] 4 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] bad
"""
GOOGLETEST = """\
[==========] Running 4 tests from 1 test suite.
[----------] Global test environment set-up.
[----------] 4 tests from group
[ RUN      ] group.good
[       OK ] group.good (0 ms)
[ RUN      ] group.bad
/source/one.c:12: Failure
Failed
0x1 != 0x2
[  FAILED  ] group.bad (0 ms)
[ RUN      ] group.bad
/source/one.c:30: Failure
Failed
a block is corrupt
/source/one.c:28: note: allocated here
[  FAILED  ] group.bad (0 ms)
[ RUN      ] group.not_here
/source/one.c:40: Skipped
[  SKIPPED ] group.not_here (0 ms)
[ RUN      ] group.unready
unknown file:0: Failure
Failed
its setup failed
[  FAILED  ] group.unready (0 ms)
[----------] 4 tests from group (0 ms total)

[----------] Global test environment tear-down
[==========] 4 tests from 1 test suite ran. (0 ms total)
[  FAILED  ] 1 test, listed below:
[  FAILED  ] group.bad
"""
CASES = [
    Case("good", "passed", ()),
    Case("bad", "failed", ("one.c:12",)),
    Case("bad", "failed", ("one.c:30", "one.c:28")),
    Case("not_here", "skipped", ()),
    Case("unready", "failed", ()),
]
CMOCKA_GROUP_SETUP = """\
[==========] Running 1 test(s).
[  ERROR   ] --- [   LINE   ] --- two.c:7: error: Failure!
[  FAILED  ] GROUP SETUP
[  ERROR   ] group
[==========] 0 test(s) run.
"""
GOOGLETEST_GROUP_SETUP = """\
[==========] Running 1 test from 1 test suite.
[----------] 1 test from group
two.c:7: Failure
Failed
Group setup failed: 
[ RUN      ] group.only
two.c:3: Skipped
[  SKIPPED ] group.only (0 ms)
[----------] 1 test from group (0 ms total)

[==========] 1 test from 1 test suite ran. (0 ms total)
"""
CMOCKA_GROUP_TEARDOWN = """\
[==========] Running 1 test(s).
[ RUN      ] only
[       OK ] only
[   LINE   ] --- two.c:9: error: Failure!
[  FAILED  ] GROUP TEARDOWN
[  ERROR   ] group
[==========] 1 test(s) run.
"""
GOOGLETEST_GROUP_TEARDOWN = """\
[==========] Running 1 test from 1 test suite.
[----------] 1 test from group
[ RUN      ] group.only
[       OK ] group.only (0 ms)
two.c:9: Failure
Failed
Group teardown failed: returned 1
[----------] 1 test from group (0 ms total)

[==========] 1 test from 1 test suite ran. (0 ms total)
"""

GOOGLETEST_GROUP_LEAK = GOOGLETEST_GROUP_TEARDOWN.replace("Group teardown failed", "Group failed")

numbers = itertools.count(1)
failed = []


def expect(name, got, wanted):
    good = got == wanted
    print(f"{'ok' if good else 'not ok'} {next(numbers)} - {name}")
    if not good:
        print(f"# got {got}\n# not {wanted}")
        failed.append(name)


def says(*changes):
    """The differences found when the cases of one outcome are changed in this way."""
    cases = list(CASES)
    for index, change in changes:
        cases[index] = cases[index]._replace(**change)
    return differences(Outcome(1, CASES), Outcome(1, cases))


def printing(*commands, **options):
    with tempfile.NamedTemporaryFile("w", suffix=".sh", dir=".") as script:
        script.write("\n".join(commands))
        script.flush()
        return run(["/bin/sh", script.name], **options)


expect("cmocka's format", CMockaReader(CMOCKA).cases, CASES)
expect("GoogleTest's format", GoogleTestReader(GOOGLETEST).cases, CASES)
for fixture, cmocka, googletest, cases in (
    ("setup", CMOCKA_GROUP_SETUP, GOOGLETEST_GROUP_SETUP, [Case("GROUP SETUP", "failed", ("two.c:7",))]),
    (
        "teardown",
        CMOCKA_GROUP_TEARDOWN,
        GOOGLETEST_GROUP_TEARDOWN,
        [Case("only", "passed", ()), Case("GROUP TEARDOWN", "failed", ("two.c:9",))],
    ),
):
    expect(f"a group {fixture} that fails, from cmocka", CMockaReader(cmocka).cases, cases)
    expect(f"a group {fixture} that fails, from GoogleTest", GoogleTestReader(googletest).cases, cases)

only = [Case("only", "passed", ())]
expect("a group that leaves blocks behind", GoogleTestReader(GOOGLETEST_GROUP_LEAK * 2).cases, only * 2)
cut = CMOCKA.index("[  FAILED  ] bad")
broken = [Case("good", "passed", ()), Case("bad", BROKEN_OFF, ("one.c:12",))]
expect("a program that dies in a test", CMockaReader(CMOCKA[:cut]).cases, broken)
foreign = GoogleTestReader(GOOGLETEST, lambda path: path != "/source/one.c").cases
expect("a place in the library's own source", [case.places for case in foreign[1:3]], [(ELSEWHERE,)] * 2)

expect("the same", says(), [])
expect("another verdict", says((0, {"verdict": "failed"})), ["good: passed and failed"])
expect("another line", says((1, {"places": ("one.c:13",)})), ["bad: failed one.c:12 and failed one.c:13"])
expect("a line less", says((1, {"places": ()})), ["bad: failed one.c:12 and failed"])
expect("another name", len(says((1, {"name": "worse"}))), 1)
expect("a test less", len(differences(Outcome(1, CASES), Outcome(1, CASES[:-1]))), 1)
expect("another order", len(differences(Outcome(1, CASES), Outcome(1, CASES[::-1]))), 1)
expect("another exit code", differences(Outcome(1, CASES), Outcome(255, CASES)), ["exit code 1 and 255"])

expect("both streams in the order of writing", printing("echo 1", "echo 2 >&2", "echo 3", "exit 3"), (3, "1\n2\n3\n"))
expect("a program that dies", printing("kill -SEGV $$")[0], -11)
expect("a program that does not end", printing("exec sleep 3600", timeout=2)[0], -9)
print(f"1..{next(numbers) - 1}")
sys.exit(1 if failed else 0)
