# SPDX-License-Identifier: MIT
"""Traces a scenario of calls.c, or runs it under filters: its system calls, and how it ends."""

import os
import re
import subprocess
import tempfile

# The arguments of interest to a filter: a position from 0, the name that strace prints, or a path.
SHOWN = {
    "capget": [], "capset": [], "clock_gettime": [0], "clone": ["flags"], "close": [], "close_range": [2], "dup3": [],
    "execve": ["path"], "execveat": [4], "faccessat2": [2, 3], "fchdir": [], "fchmod": [], "fcntl": [1],
    "fgetxattr": [1], "fremovexattr": [1], "fsconfig": [1, 2, 3], "fsmount": [2], "fsopen": [0], "fstatfs": [],
    "ftruncate": [], "geteuid": [], "getpid": [], "getppid": [], "gettid": [], "landlock_add_rule": [1],
    "landlock_create_ruleset": [], "landlock_restrict_self": [], "madvise": [2], "memfd_create": [1], "mmap": [2, 3],
    "mount_setattr": ["attr_set"], "mprotect": [2], "munmap": [], "open_tree": [2], "openat": ["path", 2],
    "openat2": ["path", "flags", "resolve"], "ppoll": [], "prctl": [0], "preadv": [], "prlimit64": [1], "pwritev": [],
    "read": [], "readlinkat": [], "rt_sigaction": [], "rt_sigprocmask": [0], "sendfile": [], "setsid": [],
    "splice": [], "statx": ["path"], "umask": [], "wait4": [2],
}  # fmt: skip
# The argument by which a filter refuses one use of a system call and allows the others.
COMMAND = {
    "execveat": 4, "fcntl": 1, "fsconfig": 1, "madvise": 2, "prctl": 0, "prlimit64": 1, "rt_sigprocmask": 0, "wait4": 2,
}  # fmt: skip
LINE = re.compile(r"\[ *(\d+)\] (\w+)\((.*)\) += (-?\w+|\?)")


def split(text):
    """The arguments of a call. A comma in brackets or in a string belongs to its argument."""
    parts, depth, is_quoted, start = [], 0, False, 0
    for at, character in enumerate(text):
        if character == '"' and text[at - 1 : at] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted and character in "[{(":
            depth += 1
        elif not is_quoted and character in "]})":
            depth -= 1
        elif not is_quoted and depth == 0 and character == ",":
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def named(argument):
    """F_ADD_SEALS for "0x409 /* F_ADD_SEALS */". strace 6.1 lacks two names."""
    names = "|".join(re.findall(r"/\* (.*?) \*/", argument))
    return names.replace("|0x10000", "|AT_EXECVE_CHECK").replace("|0x10", "|MFD_EXEC") or argument


def path_of(arguments):
    """The path of a call that has a directory's descriptor and a name; numbers become letters."""
    directory = re.search(r"<(.*)>", arguments[0])
    path = arguments[1].strip('"')
    if directory is not None and not path.startswith("/"):
        path = f"{directory[1]}/{path}"
    path = re.sub(r"^/proc/\d+/task/\d+", "/proc/PID/task/TID", path)
    path = re.sub(r"/(fd|fdinfo)/\d+$", r"/\1/N", path)
    # calls.c has its program in /mnt.
    path = re.sub(r"^/mnt|^/(usr|opt|s?bin).*(?=/program$)", "DIRECTORY", path)
    path = re.sub(r"^//mnt$", "/COMPONENT", path)
    path = re.sub(r"^//", "DETACHED_MOUNT/", path)
    return re.sub(r"/(program|exeseal)$", "/NAME", path)


class Call:
    """One call: what a page shows of it, and what a filter compares to refuse it."""

    def __init__(self, number, name, text):
        arguments = split(text)
        self.name, self.number = name, number
        self.command = named(arguments[COMMAND[name]]) if name in COMMAND else ""
        self.value = int(re.match(r"-?\w+", arguments[COMMAND[name]])[0], 0) if name in COMMAND else 0
        shown = [self.argument(kind, arguments, text) for kind in SHOWN[name]]
        self.text = f"{name}({', '.join(word for word in shown if word not in ('', 'NULL'))})"

    def argument(self, kind, arguments, text):
        if kind == "path" and self.name == "execve":
            return f'"{path_of(["", arguments[0]])}"'
        if kind == "path":
            return f'"{path_of(arguments)}"' if arguments[1] != '""' else ""
        if isinstance(kind, str):
            return named(re.search(kind + r"=(.*?)(,|}|$)", text)[1])
        return named(arguments[kind])

    def key(self):
        return f"{self.name}({self.command})"

    def filter(self, error):
        return [self.number, COMMAND.get(self.name, -1), self.value, error]


def calls_of(log, is_on):
    """The calls between the marks, or from the beginning, up to an execution."""
    calls = []
    for line in log.splitlines():
        found = LINE.match(line)
        if found is None:
            continue
        number, name, text, result = found.groups()
        if text.startswith("-1000"):
            is_on = True
        elif text.startswith("-1001"):
            is_on = False
        elif is_on:
            call = Call(number, name, text)
            calls.append(call)
            is_on = not (name.startswith("execve") and result == "0" and "CHECK" not in call.command)
    return calls


def trace(program, scenario, filters):
    with tempfile.TemporaryDirectory() as directory:
        log = os.path.join(directory, "log")
        strace = ["strace", "-ff", "-n", "-y", "-X", "verbose", "-e", "signal=none", "-o", log]
        subprocess.run([*strace, program, scenario, *filters], stdout=subprocess.DEVNULL, check=True)
        calls = []
        # The first process starts the second, which has the marks. The library starts the third.
        for number, name in enumerate(sorted(os.listdir(directory), key=lambda name: int(name.rpartition(".")[2]))):
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                calls += calls_of(file.read(), number > 1)
        return calls


class Outcome:
    """How a scenario ended."""

    def __init__(self, text):
        self.fields = {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}

    def words(self):
        fields = self.fields
        words = ["executed"] if fields["executed"] == "1" else []
        if fields["strategy"]:
            words.append(f"by {fields['strategy']}")
        words += ["huge pages"] if fields["huge"] == "1" else []
        words += ["guarantee " + name for name in fields["guarantees"].split()]
        return words

    def failure(self):
        steps = self.fields["steps"].split()
        return "fails at step " + steps[-1].partition("/")[0] if steps else "fails"

    def difference(self, usual):
        """The difference from the usual outcome, in a few words; "" for the same."""
        fields, words = self.fields, self.words()
        if {**fields, "steps": ""} == {**usual.fields, "steps": ""}:
            return ""
        if fields["result"] != "0":
            return self.failure()
        if fields["strategy"] != usual.fields["strategy"]:
            return f"continues with strategy {fields['strategy']}"
        lacking = ["no " + word for word in usual.words() if word not in words and word != "executed"]
        if fields["executed"] != usual.fields["executed"]:
            return "the program does not run"
        if fields["evidence"] != usual.fields["evidence"]:
            lacking.insert(0, f"evidence is {fields['evidence']}")
        if fields["writable"] != usual.fields["writable"]:
            lacking.insert(0, "the descriptor is open for writing too")
        return ", ".join(lacking) or "less is reported"


def run(program, scenario, filters):
    """None: this machine cannot run the scenario."""
    done = subprocess.run([program, scenario, *map(str, filters)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 77), f"{scenario} {filters}: {done.returncode} {done.stdout}{done.stderr}"
    return Outcome(done.stdout) if done.returncode == 0 else None
