#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""GoogleTest's flags, for C programs whose main() does not know them. Prints TAP.

flags_test.py C_PROGRAM MIXED_PROGRAM CPP_PROGRAM"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree

C_TESTS = ["tests.red", "tests.green", "tests.blue", "tests.failing", "tests/2.red"]
CPP_TESTS = ["Cpp.passes", "Cpp.failing"]
ONE, TWO, NONE = (["<setup_one>", "<teardown_one>"], ["<setup_two>", "<teardown_two>"], ["<setup_none>", "<teardown_none>"])

Run = collections.namedtuple("Run", "exit_code tests fixtures text")


def run(program, *flags, cwd=None, **environment):
    """The tests and fixtures that ran, in order."""
    done = subprocess.run(
        [program, *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        cwd=cwd,
        env={**os.environ, "GTEST_COLOR": "no", **environment},
    )
    tests = re.findall(r"^\[ RUN      \] (.+)$", done.stdout, re.M)
    return Run(done.returncode, tests, re.findall(r"^<\w+>$", done.stdout, re.M), done.stdout)


def expect(run, exit_code=0, tests=None, fixtures=None):
    wanted = Run(exit_code, run.tests if tests is None else tests, run.fixtures if fixtures is None else fixtures, run.text)
    assert run == wanted, f"{run[:3]}, not {wanted[:3]}\n{run.text}"


def in_report(suites, key):
    return [f"{suite['name']}.{test['name']}" for suite in suites for test in suite[key]]


def no_flags(c, mixed, cpp):
    expect(run(c), tests=C_TESTS, fixtures=ONE + TWO + NONE)
    failed = run(c, GROUPS_FAIL="1")
    expect(failed, exit_code=1, tests=C_TESTS, fixtures=ONE + TWO + NONE)
    assert re.search(r"groups\.c:\d+: Failure\nFailed\nERROR: asked for & <done>", failed.text), failed.text


def filters(c, mixed, cpp):
    expect(run(c, "--gtest_filter=*.red"), tests=["tests.red", "tests/2.red"], fixtures=ONE + TWO)
    expect(run(c, "--gtest_filter=tests.*-*.green:*ing"), tests=["tests.red", "tests.blue"], fixtures=ONE)
    expect(run(c, "--gtest_filter=-*.red"), tests=["tests.green", "tests.blue", "tests.failing"], fixtures=ONE)
    expect(run(c, "--gtest_filter=tests/2.*"), tests=["tests/2.red"], fixtures=TWO)
    for nothing in ("--gtest_filter=", "--gtest_filter=none.*"):
        expect(run(c, nothing), exit_code=1, tests=[], fixtures=[])
        assert f"\n{nothing} matches no test\n" in run(c, nothing).text
    expect(run(c, "--gtest_filter=*.blue", GTEST_TOTAL_SHARDS="2", GTEST_SHARD_INDEX="1"), tests=[])
    seen = run(c, GTEST_FILTER="*.blue")
    expect(seen, tests=["tests.blue"], fixtures=ONE)
    assert set(re.findall("^Note: .*", seen.text, re.M)) == {"Note: Google Test filter = *.blue"}, seen.text


def lists(c, mixed, cpp):
    listed = run(c, "--gtest_list_tests")
    expect(listed, tests=[], fixtures=[])
    assert listed.text == (
        "tests.\n  red\n  green\n  blue\n  failing\ntests/2.\n  red\n  DISABLED_black\n"
    ), listed.text
    assert run(c, "--gtest_list_tests", "--gtest_filter=*.blue").text == "tests.\n  blue\n"
    assert "Cpp.\n  passes\n" in run(mixed, "--gtest_list_tests").text


def arguments_of_the_program(c, mixed, cpp):
    odd = ("--", "-x", "--help", "gtest_filter=none", "--gtest", "", "\xff")
    expect(run(c, *odd, "--gtest_filter=*.blue"), tests=["tests.blue"])
    unknown = run(c, "--gtest_of_no_kind")
    expect(unknown, tests=[], fixtures=[])
    assert "This program contains tests written using Google Test" in unknown.text, unknown.text


def xml_report(c, mixed, cpp):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "report.xml")
        expect(run(c, f"--gtest_output=xml:{path}", GROUPS_FAIL="1"), exit_code=1)
        root = xml.etree.ElementTree.parse(path).getroot()
        assert (root.get("tests"), root.get("failures"), root.get("disabled")) == ("6", "1", "1"), root.attrib
        names = [f"{case.get('classname')}.{case.get('name')}" for case in root.iter("testcase")]
        assert names == C_TESTS + ["tests/2.DISABLED_black"], names
        (failure,) = root.iter("failure")
        assert "asked for & <done>" in failure.get("message"), failure.attrib
        # written anew, not joined with the last program's
        expect(run(c, f"--gtest_output=xml:{path}"))
        assert len(list(xml.etree.ElementTree.parse(path).getroot())) == 2

        for expected in ("groups.xml", "groups_1.xml"):
            program = os.path.join(directory, "groups")
            if not os.path.exists(program):
                os.symlink(os.path.abspath(c), program)
            expect(run(program, f"--gtest_output=xml:{directory}/"))
            root = xml.etree.ElementTree.parse(os.path.join(directory, expected)).getroot()
            assert root.get("tests") == "6", root.attrib
    through_a_pipe = run(c, "--gtest_output=xml:/dev/stdout")
    assert through_a_pipe.text.count("</testsuites>") == 3, through_a_pipe.text


def relative_report(c, mixed, cpp):
    """The report is where the program started, although main() or a test changes the directory."""
    for elsewhere in ({}, {"MAIN_CHDIR": "/"}, {"TEST_CHDIR": "/"}, {"MAIN_CHDIR": "..", "TEST_CHDIR": "/"}):
        with tempfile.TemporaryDirectory() as directory:
            expect(run(os.path.abspath(c), "--gtest_output=xml:below/report.xml", cwd=directory, **elsewhere))
            root = xml.etree.ElementTree.parse(os.path.join(directory, "below/report.xml")).getroot()
            assert root.get("tests") == "6", root.attrib


def json_report(c, mixed, cpp):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "report.json")
        for flags, tests in (([], 6), (["--gtest_filter=tests.r*"], 1), (["--gtest_filter=tests/2.*"], 2), (["--gtest_filter="], 0)):
            expect(run(c, f"--gtest_output=json:{path}", *flags), exit_code=0 if tests else 1)
            report = json.load(open(path))
            assert report["tests"] == tests == len(in_report(report["testsuites"], "testsuite")), report
        expect(run(c, f"--gtest_output=json:{path}", "--gtest_list_tests"))
        assert len(in_report(json.load(open(path))["testsuites"], "testsuite")) == 6


def shuffle(c, mixed, cpp):
    orders = set()
    for seed in range(1, 9):
        shuffled = run(c, "--gtest_shuffle", f"--gtest_random_seed={seed}")
        expect(shuffled, fixtures=ONE + TWO + NONE)
        assert sorted(shuffled.tests) == sorted(C_TESTS), shuffled.tests
        lines = re.findall(r"^\[ RUN      \] (.+)$|^(<\w+>)$", shuffled.text, re.M)
        assert [line[1] for line in lines if line[1]] == ONE + TWO + NONE
        assert lines[0][1] == ONE[0] and lines[5][1] == ONE[1], lines
        orders.add(tuple(shuffled.tests))
    assert len(orders) > 1, "nothing was shuffled"


def repeat(c, mixed, cpp):
    expect(run(c, "--gtest_repeat=3"), tests=C_TESTS[:4] * 3 + C_TESTS[4:] * 3, fixtures=ONE * 3 + TWO * 3 + NONE * 3)
    expect(run(c, "--gtest_repeat=3", GROUPS_FAIL="1"), exit_code=3)


def shards(c, mixed, cpp):
    seen = []
    for index in range(3):
        shard = run(c, GTEST_TOTAL_SHARDS="3", GTEST_SHARD_INDEX=str(index))
        expect(shard)
        assert 0 < len(shard.tests) < len(C_TESTS), shard.tests
        seen += shard.tests
    assert sorted(seen) == sorted(C_TESTS), seen


def disabled(c, mixed, cpp):
    expect(run(c, "--gtest_also_run_disabled_tests"), tests=C_TESTS + ["tests/2.DISABLED_black"])


def brief(c, mixed, cpp):
    expect(run(c, "--gtest_brief=1"), tests=[], fixtures=ONE + TWO + NONE)


def fail_fast(c, mixed, cpp):
    stopped = run(c, "--gtest_fail_fast", GROUPS_FAIL="1")
    expect(stopped, exit_code=1, tests=C_TESTS[:4], fixtures=ONE)


def cpp_tests_beside(c, mixed, cpp):
    expect(run(mixed), tests=CPP_TESTS + C_TESTS, fixtures=ONE + TWO + NONE)
    expect(run(mixed, CPP_FAIL="1"), exit_code=1, tests=CPP_TESTS + C_TESTS)
    expect(run(mixed, CPP_FAIL="1", GROUPS_FAIL="1"), exit_code=2)
    expect(run(mixed, "--gtest_filter=Cpp.p*"), tests=["Cpp.passes"], fixtures=[])


def cpp_main(c, mixed, cpp):
    inside, others = "Inside.runs_the_groups", CPP_TESTS
    ran = run(cpp, CPP_MAIN="groups")
    expect(ran, fixtures=ONE + TWO + NONE)
    assert sorted(ran.tests) == sorted([inside, *others, *C_TESTS]), ran.tests
    ran = run(cpp, CPP_MAIN="after")
    expect(ran, fixtures=ONE + TWO + NONE)
    assert sorted(ran.tests) == sorted([inside, *others, *C_TESTS]), ran.tests
    with tempfile.TemporaryDirectory() as directory:
        for way in ("register", "after", "groups"):
            path = os.path.join(directory, way)
            expect(run(cpp, f"--gtest_output=json:{path}", CPP_MAIN=way, GROUPS_FAIL="1"), exit_code=1)
            report = json.load(open(path))
            assert (report["tests"], report["failures"]) == (9, 1), report
    expect(run(cpp, "--gtest_repeat=2", CPP_MAIN="register"), fixtures=(ONE + TWO) * 2)
    for failing in ({}, {"GROUPS_FAIL": "1"}):
        expect(run(cpp, CPP_MAIN="inside", **failing), tests=sorted([inside, *others], reverse=True), fixtures=ONE + TWO + NONE)


TESTS = (
    no_flags, filters, lists, arguments_of_the_program, xml_report, relative_report, json_report, shuffle, repeat, shards, disabled, brief,
    fail_fast, cpp_tests_beside, cpp_main,
)  # fmt: skip


def main(*programs):
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        try:
            test(*programs)
        except Exception:
            failed += 1
            print("# " + traceback.format_exc().replace("\n", "\n# "))
            print("not", end=" ")
        print(f"ok {number} - {test.__name__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
