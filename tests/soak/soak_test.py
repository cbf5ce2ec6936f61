#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A short run of scripts/soak finds that nothing grows, and that each leak does. Prints TAP.

soak_test.py PROJECT BUILD
"""
import os
import subprocess
import sys

from tap import Skip, report

PROJECT, BUILD = sys.argv[1:]


def soak(*arguments):
    command = [os.path.join(PROJECT, "scripts", "soak"), *arguments, BUILD]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        raise Skip(done.stdout.strip())
    return done.returncode, done.stdout + done.stderr


def nothing_grows():
    status, output = soak("10")
    assert status == 0, output


def each_leak_is_found():
    leaks = [f"--leak={leak}" for leak in ("descriptor", "memory", "child", "mount")]
    status, output = soak(*leaks, "7")
    grew = {line.split()[1].rstrip(",") for line in output.splitlines() if line.startswith("GREW")}
    assert status == 1 and grew == {"descriptors", "RSS", "PSS", "zombies", "mounts"}, output


report([nothing_grows, each_leak_is_found])
