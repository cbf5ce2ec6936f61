# SPDX-License-Identifier: MIT
"""Shared by the test scripts: one way to skip, one way to fail, and running a program."""

import subprocess
import sys


def skip(name, reason):
    print(f"skip {name}: {reason}")
    sys.exit(77)


def fail(reason):
    print(f"FAILED: {reason}")
    sys.exit(1)


def output_of(*command, **options):
    """Returns its standard output. A command that fails also fails the test."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
