# SPDX-License-Identifier: MIT
"""Starts a peer under strace, and reports whether it copied itself."""

import collections
import os
import re
import shutil
import subprocess
import tempfile

CALLS = "memfd_create,execve,execveat,mount,open_tree,move_mount,fsopen,openat"
# The signs of a runtime that copies itself: a memfd, a mount, a temporary file, and one more
# execution.
CLONING = re.compile(r"memfd_create\(|\bmount\(|open_tree\(|fsopen\(|openat\(.*O_TMPFILE|execve(at)?\(")
NOT_TO_BE_HAD = 66  # from_descriptor's exit status
PRIVATE_NOEXEC = ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-ec",
                  'echo 1 >/proc/sys/vm/memfd_noexec; exec "$@"', "sh"]  # fmt: skip

Starters = collections.namedtuple("Starters", "from_descriptor preload")
Observation = collections.namedtuple("Observation", "outcome calls output")


class Missing(Exception):
    """Something that this machine lacks. Its text is the reason of the skip."""


def become(user):
    if user != os.geteuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def joined(lines):
    """strace splits a call if another thread runs meanwhile."""
    unfinished, whole = {}, []
    for line in lines:
        pid, _, call = line.partition(" ")
        call = call.lstrip()
        if call.endswith("<unfinished ...>"):
            unfinished[pid] = call[: -len("<unfinished ...>")]
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            call = unfinished.pop(pid, "") + resumed[1]
        whole.append(call)
    return whole


def run(command, user, environment):
    # A mark in the inherited environment, which a runtime would believe.
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ("_LIBCONTAINER_CLONED_BINARY", "LXC_MEMFD_REXEC")}  # fmt: skip
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, timeout=600,
        errors="replace", env=dict(inherited, **environment), preexec_fn=lambda: become(user), cwd="/",
    )  # fmt: skip


def trace(command, user, environment, prefix):
    """The calls that succeeded, in order."""
    strace = shutil.which("strace")
    if strace is None:
        raise Missing("no strace here")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        log = os.path.join(directory, "log")
        done = run([*prefix, strace, "-f", "-s", "300", "-o", log, "-e", "trace=" + CALLS, *command], user, environment)
        if not os.path.exists(log) or os.path.getsize(log) == 0:
            raise Missing(f"no trace to be had: {done.stdout.strip()}")
        with open(log, encoding="utf-8", errors="replace") as file:
            return [call for call in joined(file.read().splitlines()) if re.search(r"\) += \d+", call)], done


def observed_part(calls, first, until):
    """From the peer's own start to the call that matches `until`, which belongs to its ordinary
    work."""
    begin = next((number + 1 for number, call in enumerate(calls) if first in call), None)
    if begin is None:
        return None
    end = next((number for number in range(begin, len(calls)) if until and re.search(until, calls[number])), len(calls))
    return calls[begin:end]


def is_static(program):
    headers = subprocess.run(["readelf", "-lW", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    return "INTERP" not in headers


def starter(start, starters, program):
    """The command that precedes the program's own."""
    if start == "path":
        return []
    if start == "reexec":
        if is_static(program):
            raise Missing("a static program, into which nothing can be loaded")
        return ["env", "LD_PRELOAD=" + starters.preload]
    return [starters.from_descriptor, start.partition("/")[0]]


def observe(peer, start, starters, user, prefix=()):
    program = peer.on_tmpfs() if start.endswith("/tmpfs") else peer.program
    by = starter(start, starters, program)
    calls, done = trace([*by, program, *peer.arguments_for(user)], user, peer.environment, prefix)
    if done.returncode == NOT_TO_BE_HAD:
        raise Missing(done.stdout.strip().replace("\n", "; "))
    calls = observed_part(calls, "execveat(" if by else "execve(", peer.until)
    if calls is None:
        return Observation("fails", [], done.stdout)
    cloning = [call for call in calls if (peer.cloning or CLONING).search(call)]
    worked = re.search(peer.says, done.stdout)
    return Observation(("again" if cloning else "ok") if worked else "fails", cloning, done.stdout)


def answer(peer, start, starters, user, prefix=()):
    """For a peer that reports the state itself, about the file that it was started from and
    about the file that it was handed. Both reports must agree."""
    program = peer.on_tmpfs() if start.endswith("/tmpfs") else peer.program
    by = starter(start, starters, program)
    commands = [[*by, program]]
    if start not in ("path", "reexec"):
        commands.append([*by, "--hand-over", "9", program, "9"])
    answers, outputs = [], []
    for command in commands:
        done = run([*prefix, *command], user, peer.environment)
        if done.returncode == NOT_TO_BE_HAD:
            raise Missing(done.stdout.strip().replace("\n", "; "))
        answers.append({"cloned: true\n": "ok", "cloned: false\n": "again"}.get(done.stdout, "fails"))
        outputs.append(done.stdout)
    return Observation(answers[0] if len(set(answers)) == 1 else "fails", [], "\n".join(outputs))
