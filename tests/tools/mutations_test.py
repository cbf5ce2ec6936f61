#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of scripts/mutate is consistent, and ten of its faults are killed. Prints TAP.

mutations_test.py PROJECT BUILD
"""
import os
import subprocess
import sys

from tap import report

PROJECT, BUILD = sys.argv[1:]


def mutate(*arguments):
    done = subprocess.run([os.path.join(PROJECT, 'scripts', 'mutate'), *arguments], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if not line.startswith('killed ')]
    return '' if done.returncode == 0 else '\n'.join(lines) + done.stderr


def the_table_is_consistent():
    assert not (wrong := mutate('--check')), wrong


def ten_faults_are_killed():
    assert not (wrong := mutate('--quick', BUILD)), wrong


report([the_table_is_consistent, ten_faults_are_killed])
