#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that cgo rejects a C++ compiler for another architecture than GOARCH. Prints TAP.

cross_test.py SOURCE
"""

import os
import re
import shutil
import subprocess
import sys

from tap import Skip, report

SOURCE = os.path.realpath(sys.argv[1])
SENTENCE = "Set CXX to the C++ compiler of the toolchain of CC."
CHECK = f"{SOURCE}/lib/base/sys.cc"
TOOLS = "aarch64-linux-gnu-"


def go(*arguments, **environment):
    """Runs Go without the caller's compilers, as one who sets only CC."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("CC", "CXX")}
    return subprocess.run(["go", *arguments], cwd=SOURCE, env={**inherited, "GOENV": "off", "GOFLAGS": "-buildvcs=false", **environment},
                          capture_output=True, text=True, check=False)  # fmt: skip


def architectures():
    """Every GOARCH whose builds with cgo contain the core."""
    with open(f"{SOURCE}/go/exeseal/backend_core.go", encoding="utf-8") as file:
        return re.search(r"^//go:build .*\(([^()]*)\)$", file.read(), re.MULTILINE).group(1).split(" || ")


def compile_check(goarch, *compiler):
    flags = go("list", "-f", '{{join .CgoCXXFLAGS "\\n"}}', "./lib/base", GOARCH=goarch, CGO_ENABLED="1")
    assert flags.returncode == 0, flags.stderr
    assert "-DEXESEAL_GOARCH=" in flags.stdout, (goarch, flags.stdout)
    return subprocess.run([*compiler, *flags.stdout.split(), "-fsyntax-only", CHECK], capture_output=True, text=True, check=False)


def the_compiler_of_this_machine_is_accepted_for_its_own_GOARCH():
    done = compile_check(go("env", "GOHOSTARCH").stdout.strip(), "c++")
    assert done.returncode == 0, done.stderr


def the_compiler_of_this_machine_is_rejected_for_every_other_GOARCH():
    others = set(architectures()) - {go("env", "GOHOSTARCH").stdout.strip()}
    assert len(others) >= 5, others
    for goarch in sorted(others):
        done = compile_check(goarch, "c++")
        assert done.returncode != 0 and SENTENCE in done.stderr, (goarch, done.stderr)


def need(*programs):
    for program in programs:
        if not shutil.which(TOOLS + program):
            raise Skip(f"{TOOLS}{program} is not installed")
    if go("env", "GOHOSTARCH").stdout.strip() == "arm64":
        raise Skip("this machine is arm64")


def a_build_with_CC_for_arm64_and_without_CXX_says_to_set_CXX():
    need("gcc")
    done = go("build", "./go/exeseal", GOARCH="arm64", CGO_ENABLED="1", CC=TOOLS + "gcc")
    assert done.returncode != 0 and SENTENCE in done.stderr, done


def a_build_with_CC_and_CXX_for_arm64_succeeds():
    need("gcc", "g++")
    done = go("build", "./go/exeseal", GOARCH="arm64", CGO_ENABLED="1", CC=TOOLS + "gcc", CXX=TOOLS + "g++")
    assert done.returncode == 0, done.stderr


if not shutil.which("go"):
    print("1..0 # SKIP no Go")
    sys.exit(0)
report([
    the_compiler_of_this_machine_is_accepted_for_its_own_GOARCH,
    the_compiler_of_this_machine_is_rejected_for_every_other_GOARCH,
    a_build_with_CC_for_arm64_and_without_CXX_says_to_set_CXX,
    a_build_with_CC_and_CXX_for_arm64_succeeds,
])
