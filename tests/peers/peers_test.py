# SPDX-License-Identifier: MIT
"""Nobody copies again: runc and crun started from our descriptor, traced, make no memfd and no mount of their own.

crun looks at itself whenever it starts, so `crun --version` will do. runc does so in `runc init`, which takes an
_LIBCONTAINER_INITPIPE; it comes first, before the pipe turns out to be none. Controls: started by path, both clone
themselves; and so they do from a memfd with one seal more (x-sealed), which shows that 0xf is what they compare with."""

import argparse
import os
import re
import shutil
import subprocess
import tempfile

from script import fail, output_of, skip

CALLS = "memfd_create,execve,execveat,mount,open_tree,move_mount,fsopen,openat"
# What a runtime does that makes itself a copy: a memfd, a mount, a temporary file, and one more execution.
CLONING = re.compile(r"memfd_create\(|\bmount\(|open_tree\(|fsopen\(|openat\(.*O_TMPFILE|execve(at)?\(")
ORDINARY_USER = 65534


def become(user):
    if user != 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def trace(strace, command, user, environment):
    """The calls that worked, in order, without the strings' contents that do not matter."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        log = os.path.join(directory, "log")
        done = subprocess.run(
            [strace, "-f", "-s", "300", "-o", log, "-e", "trace=" + CALLS, *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=60,
            env=dict(os.environ, **environment), preexec_fn=(lambda: become(user)) if user else None, cwd="/",
        )  # fmt: skip
        if not os.path.exists(log) or os.path.getsize(log) == 0:
            skip("peers", f"strace does not work here: {done.stdout.strip()}")
        lines = [line for line in open(log).read().splitlines() if re.search(r"\) = \d+", line)]
    return lines, done


def after_first(lines, what):
    for number, line in enumerate(lines):
        if what in line:
            return lines[number + 1 :]
    fail(f"no {what} in\n" + "\n".join(lines))


def cloning(lines):
    return [line for line in lines if CLONING.search(line)]


class Peer:
    def __init__(self, program, arguments, environment, says):
        self.program, self.arguments, self.environment, self.says = program, arguments, environment, says

    def check(self, strace, from_descriptor, user):
        name = os.path.basename(self.program)
        role = f"{name} as uid {user}"

        lines, done = trace(strace, [self.program, *self.arguments], user, self.environment)
        control = cloning(after_first(lines, "execve("))
        if not control:
            fail(f"control: {role}, by path, made no copy of itself:\n" + "\n".join(lines))

        lines, done = trace(strace, [from_descriptor, self.program, *self.arguments], user, self.environment)
        if not any("memfd_create(" in line for line in lines):
            fail(f"{role}: from_descriptor made no memfd:\n" + "\n".join(lines) + done.stdout)
        again = cloning(after_first(lines, "execveat("))
        if again:
            fail(f"{role}, from our descriptor, did it again:\n" + "\n".join(again))
        if not re.search(self.says, done.stdout):
            fail(f"{role} did not run: {done.stdout}")

        lines, done = trace(
            strace, [from_descriptor, "--x-sealed", self.program, *self.arguments], user, self.environment
        )
        if "F_SEAL_EXEC needs" in done.stdout:
            frozen = ["(F_SEAL_EXEC needs Linux 6.3)"]
        else:
            frozen = cloning(after_first(lines, "execveat("))
        extra = "copied 0x3f again" if frozen else "took 0x3f too"
        print(f"{role}: by path {len(control)} calls to copy itself, from our descriptor none; {extra}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True)
    parser.add_argument("--from-descriptor", required=True)
    arguments = parser.parse_args()
    strace = shutil.which("strace")
    program = shutil.which(arguments.peer, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        skip("peers", f"no {arguments.peer} here")
    if strace is None:
        skip("peers", "no strace here")
    with tempfile.TemporaryDirectory() as directory:  # the build may lie where an ordinary user may not look
        os.chmod(directory, 0o755)
        from_descriptor = shutil.copy(arguments.from_descriptor, directory)
        check_as_users(arguments, program, strace, from_descriptor)


def check_as_users(arguments, program, strace, from_descriptor):
    if arguments.peer == "crun":
        peer = Peer(program, ["--version"], {}, r"crun version")
    else:
        version = re.search(r"version (\d+)\.(\d+)", output_of(program, "--version"))
        if version is None or (int(version[1]), int(version[2])) >= (1, 2):
            skip("peers", "this runc looks at itself in `runc run`, not in `runc init`")
        # No pipe behind the number: it has looked at itself by the time it finds out.
        peer = Peer(program, ["init"], {"_LIBCONTAINER_INITPIPE": "200"}, r"(?s)FATAL.*past initial setup|nsexec")
    for user in [0, ORDINARY_USER] if os.geteuid() == 0 else [os.geteuid()]:
        peer.check(strace, from_descriptor, user)


main()
