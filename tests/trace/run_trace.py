#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/internals/system-calls.md lists the calls of find_seal_execute.c in order: compares a trace.

run_trace.py PROGRAM PAGE REASONS

REASONS has the purpose of each call, which the page shows below the call. A call without a purpose
fails the test. With EXESEAL_UPDATE=1, the list is written instead.
"""
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

BEGIN, END = "<!-- trace -->\n```\n", "```\n<!-- end of trace -->"


def skip(reason):
    print(f"skip run_trace: {reason}")
    sys.exit(77)


def calls_of(trace):
    """The calls from the search to the execution, without values that differ between runs."""
    lines = trace.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("geteuid()"))
    calls = []
    for line in lines[first:]:
        line = re.sub(r"\{stx_mask=.*?stx_mode=([^,]*).*?\}", r"{\1}", line)
        line = re.sub(r"\{st_mode=([^,]*).*?\}", r"{\1}", line)
        line = re.sub(r"\{f_type=.*\}", "{}", line)
        line = re.sub(r"iov_base=.*?, iov_len", "iov_len", line)
        line = re.sub(r"pid=\d+", "pid=TID", line)
        line = re.sub(r"AT_STATX_SYNC_AS_STAT\|", "", line)
        line = re.sub(r"\bSTATX_[A-Z_|]*, ", "", line)
        line = re.sub(r"\|0x10\)", "|MFD_EXEC)", line)
        line = re.sub(r"\[0\] => \[\d+\], \d+\)\s*= \d+", "SIZE)", line)
        line = re.sub(r"0x[0-9a-f]+ /\* \d+ vars \*/", "envp", line)
        line = re.sub(r"0x7ff[0-9a-f]+", "{}", line)
        line = re.sub(r"\{rlim_cur=.*\}", "{}", line)
        line = re.sub(r"\)\s+= .*$", ")", line)
        calls.append(line)
        if line.startswith("execveat"):
            return calls
    sys.exit("the trace has no execveat")


def trace(program):
    with tempfile.NamedTemporaryFile() as log:
        subprocess.run(["strace", "-o", log.name, program, "busybox", "true"], check=True)
        return calls_of(open(log.name).read())


def reasons_of(path):
    """Yields the words of each call and its purpose."""
    for line in open(path):
        if not line.startswith("#"):
            words, _, reason = line.rstrip("\n").partition(": ")
            yield words.split(), reason


def explained(calls, reasons):
    """The list of the page."""
    text = ""
    for call, wanted in itertools.zip_longest(calls, reasons):
        words, reason = wanted or ([], "")
        if not call or not reason or not call.startswith(words[0] + "(") or not all(word in call for word in words):
            sys.exit(f"the call is {call}, but the next purpose is for {words}: {reason}")
        text += f"{call}\n    {reason}\n"
    return text


def main():
    program, page, reasons = sys.argv[1:]
    if tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) < (6, 3):
        skip("the list requires MFD_EXEC, Linux 6.3")
    if shutil.which("strace") is None:
        skip("no strace")
    if os.geteuid() != 0:
        skip("not root")
    if not os.path.exists("/usr/bin/busybox"):
        skip("no /usr/bin/busybox")
    text = open(page).read()
    before, rest = text.split(BEGIN)
    listed, after = rest.split(END)
    seen = explained(trace(program), reasons_of(reasons))
    if os.environ.get("EXESEAL_UPDATE"):
        open(page, "w").write(before + BEGIN + seen + END + after)
    elif seen != listed:
        sys.exit(f"{page} lists\n{listed}\nbut the trace is\n{seen}")


main()
