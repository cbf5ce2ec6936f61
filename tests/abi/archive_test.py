# SPDX-License-Identifier: MIT
"""A program that uses only exeseal_advice() from libexeseal.a also gets the strategies' advice,
which another member of the archive holds."""

import argparse
import os
import subprocess
import tempfile

from script import fail, skip

PROGRAM = r"""
#include <errno.h>
#include <exeseal.h>
#include <stdio.h>

int main(void) {
    const char *advice = exeseal_advice(EXESEAL_STRATEGY_MEMFD, EXESEAL_STEP_CREATE, EPERM);
    return advice == NULL || puts(advice) < 0;
}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cc", required=True)
    parser.add_argument("--static", required=True)
    parser.add_argument("--include", required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    if arguments.sanitized:
        skip("archive", "a program outside the tree has no sanitizer to link with")
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, "program")
        subprocess.run([*arguments.cc.split(), "-xc", "-", "-xnone", "-I" + arguments.include, arguments.static, "-o", program],
                       input=PROGRAM, text=True, check=True)  # fmt: skip
        ran = subprocess.run([program], stdout=subprocess.PIPE, text=True)
        if ran.returncode != 0 or "memfd_create(2)" not in ran.stdout:
            fail(f"exit status {ran.returncode}, advice {ran.stdout!r}")


main()
