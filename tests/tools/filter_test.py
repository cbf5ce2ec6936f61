# SPDX-License-Identifier: MIT
"""A filter that matches no test is an error in each kind of test program. Otherwise it selects.

filter_test.py WITH_CMOCKA WITH_GOOGLETEST IN_CPP: a program of each kind; the first two are built
from the same C test.
"""
import os
import subprocess
import sys

from script import fail, output_of


def first_test(program):
    """The suite with a dot, and the name."""
    return output_of(program, "--gtest_list_tests").split()[:2]


def run(program, variable, pattern):
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, variable: pattern})
    return done, f"{program} with {variable}={pattern}: exit status {done.returncode}\n{done.stdout}{done.stderr}"


def check(program, variable, test, shown):
    done, told = run(program, variable, test)
    if done.returncode not in (0, 77) or done.stdout.count("[ RUN      ]") != 1:
        fail(told)
    done, told = run(program, variable, "nosuch*")
    if done.returncode != 1 or done.stderr != f"{shown}=nosuch* matches no test\n":
        fail(told)


with_cmocka, with_googletest, in_cpp = sys.argv[1:]
suite, name = first_test(with_googletest)
check(with_cmocka, "TEST_FILTER", name, "TEST_FILTER")
check(with_googletest, "TEST_FILTER", name, "TEST_FILTER")
check(with_googletest, "GTEST_FILTER", suite + name, "--gtest_filter")
check(in_cpp, "GTEST_FILTER", "".join(first_test(in_cpp)), "--gtest_filter")
