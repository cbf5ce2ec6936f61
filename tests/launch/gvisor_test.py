# SPDX-License-Identifier: MIT
"""Launches Debian's runsc by the program in docs/launching.md, with and without Landlock.

Under Landlock, runsc executes itself twice by /proc/self/exe. Then mount(2) fails, which the kernel
refuses in a Landlock domain: docs/integrations/gvisor.md."""

import argparse
import os
import re
import shutil
import subprocess
import tempfile

from debian import Unavailable, unpack
from script import fail, output_of, skip

DO = ["--rootless", "--network=none", "--platform=ptrace", "--ignore-cgroups", "do", "/bin/echo", "hi"]
ORDINARY_USER = 65534


def example(page):
    with open(page, encoding="utf-8") as file:
        return re.search(r"```c\n(/\* launch .*?)```", file.read(), flags=re.S)[1]


def find_runsc(build):
    program = shutil.which("runsc", path="/usr/local/bin:/usr/bin:/usr/sbin")
    if program is not None:
        return program
    try:
        unpack(build, "usr/bin/runsc", "runsc")
    except Unavailable as reason:
        skip("gvisor", str(reason))
    return os.path.join(build, "usr/bin/runsc")


def run(*command, user=None):
    options = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          timeout=600, cwd="/", **options)  # fmt: skip


def expect(words, *command, **options):
    done = run(*command, **options)
    if done.returncode != 0 or not re.search(words, done.stdout):
        fail(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    print(f"ok: {' '.join(command[1:])} {options or ''}")


def under_landlock(launch, runsc, directory):
    strace = shutil.which("strace")
    if strace is None:
        print("no strace here: `do` under Landlock was not looked into")
        return
    log = os.path.join(directory, "log")
    run(strace, "-f", "-o", log, "-e", "trace=execve,execveat,mount", launch, "--landlock", runsc, *DO)
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    for what in ("runsc-gofer", "runsc-sandbox"):
        if not re.search(rf'execve\("/proc/self/exe", \["{what}"', text):
            fail(f"{what} was not executed:\n{text}")
    if "EACCES" in text:
        fail(f"an execution was refused:\n{text}")
    if not re.search(r"mount\(.*EPERM", text):
        fail(f"mount(2) was not refused: docs/integrations/gvisor.md has to be written anew\n{text}")
    print("ok: under Landlock it executes itself again, and may not mount")


def main():
    parser = argparse.ArgumentParser()
    for option in ("cc", "static", "include", "page", "build"):
        parser.add_argument("--" + option, required=True)
    arguments = parser.parse_args()
    runsc = find_runsc(arguments.build)
    with tempfile.TemporaryDirectory(prefix="exeseal-launch-") as directory:
        os.chmod(directory, 0o755)
        launch, source = os.path.join(directory, "launch"), os.path.join(directory, "launch.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(example(arguments.page))
        output_of(*arguments.cc.split(), "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I" + arguments.include, "-o", launch,
                  source, arguments.static)  # fmt: skip
        if run(runsc, *DO).stdout != "hi\n":
            skip("gvisor", "`runsc do` does not work here at all")
        for user in [None] if os.geteuid() != 0 else [None, ORDINARY_USER]:
            expect("^runsc version", launch, runsc, "--version", user=user)
            expect("^runsc version", launch, "--landlock", runsc, "--version", user=user)
            expect("^hi$", launch, runsc, *DO, user=user)
        under_landlock(launch, runsc, directory)


main()
