#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests of go/exeseal and go/resolve with the oldest and the newest Go. Prints TAP.

versions_test.py SOURCE
"""

import os
import re
import shutil
import subprocess
import sys

from tap import Skip, report

SOURCE = os.path.realpath(sys.argv[1])


def go(*arguments, **environment):
    inherited = {**os.environ, "GOFLAGS": "-buildvcs=false"}
    return subprocess.run(["go", *arguments], cwd=SOURCE, env={**inherited, **environment}, capture_output=True, text=True, check=False)


def try_go(version):
    """Vets both modules and runs the tests, with cgo and without."""
    had = go("version", GOTOOLCHAIN=version)
    if had.returncode != 0 or f" {version} " not in had.stdout:
        raise Skip(f"{version} is not available: {' '.join((had.stdout + had.stderr).split())}")
    for cgo in "1", "0":
        for command in ["vet", "./..."], ["-C", "go/gorunc", "vet", "./..."], ["test", "./go/exeseal", "./go/resolve"]:
            done = go(*command, GOTOOLCHAIN=version, CGO_ENABLED=cgo)
            assert done.returncode == 0, f"{version}, CGO_ENABLED={cgo}: go {' '.join(command)}: {done.stdout}{done.stderr}"


def the_oldest_Go_builds_and_passes():
    with open(f"{SOURCE}/go.mod", encoding="utf-8") as file:
        minor = re.search(r"^go (\d+\.\d+)$", file.read(), re.MULTILINE).group(1)
    try_go(f"go{minor}.0")


def the_newest_Go_builds_and_passes():
    newest = go("list", "-m", "-f", "go{{.Version}}", "go@latest")
    if newest.returncode != 0:
        raise Skip(f"the newest version is not known: {' '.join(newest.stderr.split())}")
    version = newest.stdout.strip()
    if version == go("env", "GOVERSION").stdout.strip():
        raise Skip(f"the other tests have {version}")
    try_go(version)


if not shutil.which("go"):
    print("1..0 # SKIP no Go")
    sys.exit(0)
report([the_oldest_Go_builds_and_passes, the_newest_Go_builds_and_passes])
