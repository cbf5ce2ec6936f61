#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our archive defines every symbol that libcmocka exports, and no other C symbol. The programs
that parity_test.py compares refer to each of them.

symbols_test.py NM CC ARCHIVE PROGRAM..."""

import subprocess
import sys

ADDED = {"cmocka_gtest_register_only"}
SINCE_1_1_6 = {"_assert_double_equal", "_assert_double_not_equal"}


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def symbols(nm, kinds, *files):
    """The names, without those of C++ and of sanitizers."""
    lines = (line.split() for line in output_of(nm, *files).splitlines())
    names = {words[-1].split("@")[0] for words in lines if len(words) > 1 and words[-2] in kinds}
    return {name for name in names if not name.startswith(("_Z", "__"))}


def main(nm, cc, archive, *programs):
    real = symbols(nm, "TBD", "-D", output_of(*cc.split(), "-print-file-name=libcmocka.so").strip())
    if len(real - SINCE_1_1_6) != 53:
        sys.exit(f"libcmocka exports {len(real)} symbols: not the 1.1 that this was written for")
    ours = symbols(nm, "TBDR", archive)
    if real - ours:
        sys.exit(f"not defined: {sorted(real - ours)}")
    if ours - real - SINCE_1_1_6 != ADDED:
        sys.exit(f"defined, and not libcmocka's: {sorted(ours - real - SINCE_1_1_6 - ADDED)}")
    used = symbols(nm, "UB", *programs)
    if real - SINCE_1_1_6 - used:
        sys.exit(f"not tested: {sorted(real - SINCE_1_1_6 - used)}")
    print(f"{len(real)} symbols, defined by {archive} and used by {len(programs)} programs")


main(*sys.argv[1:])
