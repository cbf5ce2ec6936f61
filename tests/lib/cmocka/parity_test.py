#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The programs of programs/, each linked with libcmocka and with its ABI over GoogleTest. Both
must give the same exit code, and for each test the same verdict and failing places. Prints TAP.

parity_test.py REAL_DIRECTORY OURS_DIRECTORY

The expected results are listed here too: two runners that see nothing would agree as well."""

import collections
import os
import re
import sys

from verdicts import CMockaReader, GoogleTestReader, Outcome, differences, run

ABORTED, EXITED = -6, 255

# The exit code, and the number of tests that passed, failed, were skipped or were broken off.
EXPECTED = {
    "asserts": (30, dict(passed=1, failed=30)),
    "values": (22, dict(passed=7, failed=22)),
    "ordering": (7, dict(passed=5, failed=7)),
    "allocation": (EXITED, dict(passed=2, failed=4)),
    "group_leak": (EXITED, dict(passed=1, failed=1)),
    "fixtures": (14, dict(passed=12, failed=17)),
    "signals": (11, dict(passed=2, failed=11)),
    "crash": (ABORTED, {"passed": 1, "broken off": 1}),
    "skipping": (7, dict(passed=3, failed=7, skipped=2)),
    "exceptions": (2, dict(passed=1, failed=2)),
    "output": (1, dict(passed=1, failed=1)),
    "outside": (EXITED, dict(passed=1)),
    "nameless": (111, dict(passed=3, failed=3)),
    "threads": (0, dict(passed=1)),
    "deprecated": (41, dict(passed=6, failed=5)),
}
# Only the exit code is compared for these. The reason is libcmocka's output.
EXIT_CODES = {
    "run_test": (11, "run_test() prints no frame of a group around its tests"),
    "empty": (10, "a group without tests names no group in GoogleTest's output"),
    "thread_fails": (EXITED, "libcmocka does not say why it ends the process, ours does"),
    "nested": (0, "libcmocka mixes the inner group's lines with the outer's"),
    "nested_leak": (EXITED, "libcmocka mixes the inner group's lines with the outer's"),
    "deprecated_fixtures": (0, "libcmocka lists a failed fixture as a test of its own"),
}
# Words of libcmocka's that are the whole message of a failure with GoogleTest.
MESSAGES = {
    "asserts": {
        "not_true": "1 > 2",
        "error_code": "-1 < 0, errno(9): Bad file descriptor",
        "floats_differ": "1.000000 != 1.200000",
        "ints_differ": "0x11 != 0x12",
        "ints_equal": "0x11 == 0x11",
        "strings_differ": '"left" != "right"',
        "strings_equal": '"left" == "left"',
        "below_range": "4 is not within the range 5-7",
        "at_end_of_range": "7 is within the range 5-7",
        "fails_with_a_message": "ERROR: 17 bottles",
        "fails": "",
    },
    "signals": {"raises_SIGFPE": "Test failed with exception: Floating point exception(8)", "fails": "0x3 != 0x4"},
    "output": {"says_why": "because of 4"},
    "exceptions": {"not_expected": "ASSERT: value > 0"},
}


def programs_in(directory):
    return {name for name in os.listdir(directory) if os.path.isfile(os.path.join(directory, name))}


def is_own(path):
    return os.path.basename(path) != "cmocka.c"


def outcome(directory, name, reader):
    # libcmocka's own leaks would change the exit code of a sanitized build.
    options = {"ASAN_OPTIONS": "detect_leaks=0"} if reader is CMockaReader else {}
    exit_code, text = run([os.path.join(directory, name)], **options)
    return Outcome(exit_code, reader(text, is_own).cases)


def compare(real, ours, name):
    """The differences, one line each."""
    outcomes = outcome(real, name, CMockaReader), outcome(ours, name, GoogleTestReader)
    if name in EXIT_CODES:
        codes = [outcome.exit_code for outcome in outcomes]
        return [] if codes == [EXIT_CODES[name][0]] * 2 else [f"exit codes {codes}"]
    seen = outcomes[0].exit_code, collections.Counter(case.verdict for case in outcomes[0].cases)
    wrong = [] if seen == EXPECTED[name] else [f"libcmocka: {seen}, not {EXPECTED[name]}"]
    return wrong + differences(*outcomes)


def unsaid(real, ours):
    """The messages that only one of the two has."""
    for program, messages in MESSAGES.items():
        texts = [run([os.path.join(directory, program)])[1] for directory in (real, ours)]
        for test, message in messages.items():
            frame = rf"\.{test}\n(?:.*\n)*?.+: Failure\nFailed\n{re.escape(message)}\n*\[  FAILED"
            if message not in texts[0] or not re.search(frame, texts[1]):
                yield f"{program}: {test}: {message}"


def main(real, ours):
    programs = {**EXPECTED, **EXIT_CODES}
    print(f"1..{len(programs) + 2}")
    failed = not programs.keys() == programs_in(real) == programs_in(ours)
    print(f"{'not ok' if failed else 'ok'} 1 - every program is compared")
    for number, name in enumerate(programs, 2):
        wrong = compare(real, ours, name)
        failed = failed or wrong
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        for line in wrong:
            print("#", line)
    wrong = list(unsaid(real, ours))
    print(f"{'not ok' if wrong else 'ok'} {len(programs) + 2} - messages", *wrong, sep="\n# ")
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
