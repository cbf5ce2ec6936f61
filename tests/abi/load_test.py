# SPDX-License-Identifier: MIT
"""Loading the library makes no system call.

Two programs that differ only in being linked with libexeseal.so are traced from their start to a
marker in main. The second may make more calls only in the dynamic loader's work: finding,
mapping and protecting the library. From the end of the loader's work (its last munmap, of
ld.so.cache) to the marker, both make the same calls. The control is a library with a
constructor, whose call must be detected.

A static program that contains the library also starts under a filter that kills it for reading a
file's status. (A dynamic program's loader does that itself.) The control is the same program
with such a call."""

import argparse
import collections
import os
import re
import shutil
import signal
import subprocess
import tempfile

from script import fail, output_of, skip

LOADER = {
    "open", "openat", "read", "pread64", "fstat", "fstat64", "newfstatat", "statx", "mmap", "mmap2", "mprotect",
    "munmap", "close",
}  # fmt: skip
MAIN = "#include <unistd.h>\nint main(void) { return getpgid(4242) == 0; }\n"
CONSTRUCTOR = """#include <unistd.h>
__attribute__((constructor)) static void at_load(void) { (void)!getsid(0); }
int exported(void);
int exported(void) { return 0; }
"""


FILTER = r"""
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KILL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

int main(int argc, char **argv) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_stat
        KILL(SYS_stat), KILL(SYS_lstat), KILL(SYS_fstat),
#endif
#ifdef SYS_newfstatat
        KILL(SYS_newfstatat),
#endif
        KILL(SYS_statx), KILL(SYS_statfs), KILL(SYS_fstatfs),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return 77;
    return argc < 2 || execv(argv[1], argv + 1);
}
"""
LINKED = r"""
#include <exeseal.h>
#include <sys/stat.h>

/* All of the library. */
void *volatile functions[] = {(void *)exeseal_clone, (void *)exeseal_spawn_fd, (void *)exeseal_exec_fd,
                              (void *)exeseal_resolve, (void *)exeseal_environment, (void *)exeseal_environment_filter};

int main(int argc, char **argv) {
    struct stat file;
    if (argc > 1)
        return stat(argv[0], &file);
    return exeseal_version() == 0;
}
"""


def start_without_status(build, arguments):
    """How the plain start and the control ended, as subprocess reports it; None without a static
    libc."""
    flags = ["-I" + os.path.dirname(arguments.header), "-static"]
    if subprocess.run([*arguments.cc.split(), "-static", "-xc", "-", "-o", os.devnull], input=MAIN, text=True).returncode != 0:
        return None
    program = build("linked", *flags, source=LINKED, libraries=[os.path.abspath(arguments.static)])
    filtered = build("filter", source=FILTER)
    return [subprocess.run([filtered, program, *more]).returncode for more in ([], ["stat"])]


def trace(strace, program, directory):
    """The calls before the marker, as (name, whole line)."""
    log = os.path.join(directory, "log")
    done = subprocess.run([strace, "-o", log, program], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        skip("load", f"strace does not work here: {done.stderr.strip()}")
    calls = []
    for line in open(log):
        name = line.split("(", 1)[0]
        if name == "getpgid":
            return calls
        calls.append((name, line.strip()))
    fail(f"the marker was not seen in {log}")


def what_it_adds(plain, loading, library):
    """The calls that a program makes beyond the loader's own work, or None."""
    more = collections.Counter(name for name, _ in loading) - collections.Counter(name for name, _ in plain)
    if not set(more) <= LOADER:
        return f"calls that are not the loader's: {dict(more)}"
    opened = [line for name, line in loading if name.startswith("open") and library in line and " = -1" not in line]
    if len(opened) != 1:
        return f"the library was opened {len(opened)} times: {opened}"

    def tail(calls):
        last = max(i for i, (name, _) in enumerate(calls) if name == "munmap")
        return [name for name, _ in calls[last:]]

    if tail(plain) != tail(loading):
        return f"after the loader is done: {tail(plain)} and {tail(loading)}"
    return None


def main():
    parser = argparse.ArgumentParser()
    for option in ("cc", "shared", "static", "header"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    strace = shutil.which("strace")
    if arguments.sanitized:
        skip("load", "a sanitizer makes system calls of its own")
    if strace is None:
        skip("load", "no strace here")
    compiler = arguments.cc.split()
    # meson's path, which would make both programs search for longer
    os.environ.pop("LD_LIBRARY_PATH", None)
    with tempfile.TemporaryDirectory() as directory:

        def build(name, *flags, source=MAIN, libraries=()):
            path = os.path.join(directory, name)
            with open(path + ".c", "w") as file:
                file.write(source)
            output_of(*compiler, "-o", path, path + ".c", *flags, *libraries)
            return path

        def linked(name, library):
            library = os.path.abspath(library)
            folder = os.path.dirname(library)
            return build(name, "-Wl,--no-as-needed", library, "-Wl,-rpath," + folder)

        plain = trace(strace, build("plain"), directory)
        if not any(name == "munmap" for name, _ in plain):
            skip("load", "this loader has no ld.so.cache to unmap, so its end is not seen")
        control = build("libcontrol.so", "-shared", "-fPIC", "-Wl,-soname,libcontrol.so", source=CONSTRUCTOR)
        caught = what_it_adds(plain, trace(strace, linked("control", control), directory), "libcontrol.so")
        if caught is None:
            fail("the control's constructor was not found out")
        loading = trace(strace, linked("loading", arguments.shared), directory)
        added = what_it_adds(plain, loading, "libexeseal.so")
        if added is not None:
            fail(re.sub(r"\s+", " ", added))
        ends = start_without_status(build, arguments)
        if ends not in (None, [77, 77], [0, -signal.SIGSYS]):
            fail(f"under a filter that kills whoever asks for a file's status: {ends}")
        print(f"under a filter against status calls, and the control: {ends}")
        print(f"control: {caught}")
        print(f"{len(plain)} calls without, {len(loading)} with: the loader's own")


main()
