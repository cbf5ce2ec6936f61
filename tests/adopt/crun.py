# SPDX-License-Identifier: MIT
"""crun's constructor and cloned_binary.c are replaced by exeseal-reexec."""
import os
import re
import sys

from project import BUILD, CHECKOUT, containers, debian_source, delete, durations, output, require, substitute, tap

NAME, VERSION = "crun", "1.8.1-1+deb12u1"

# Require criu; Python's libmount, which Debian 12 does not have; and hooks that read their standard
# input: crun 1.8.1 fails now and then if a hook ends before crun has written the state to it.
NOT_TESTED = ("test_checkpoint_restore.py", "test_mounts.py", "test_hooks.py")

# Requires a process ID of five digits.
NOT_COUNTED = "test_exec.py exec_write_pid_file"


def fetch(build):
    require("autoreconf", "libtoolize", "make", "gcc", "meson", "ninja", "pkg-config", "busybox", "jq", "setpriv", "unshare")
    return debian_source("crun", VERSION, build)


def change(tree):
    delete(tree, "src/libcrun/cloned_binary.c")
    substitute(tree, "Makefile.am", r"^\t+src/libcrun/cloned_binary\.c \\\n", "")
    substitute(tree, "Makefile.am", r" src/libcrun/cloned_binary\.c$", "")
    substitute(tree, "Makefile.am", r"\\\|cloned_binary\.c", "")
    substitute(tree, "Makefile.am", r"(?<=^crun_LDADD = libcrun\.la \$\(FOUND_LIBS\) \$\(maybe_libyajl\.la\))$", " $(EXESEAL_REEXEC_LIBS)")
    substitute(tree, "Makefile.am", r"(?<=unresolved-symbols=ignore-all \$\(CRUN_LDFLAGS\)\n)", "crun_LDADD = $(EXESEAL_REEXEC_LIBS)\n")
    # Inside an AM_COND_IF, the variable could be empty and crun would not be protected.
    substitute(tree, "configure.ac", r"^(?=AM_CONDITIONAL\(\[HAVE_EMBEDDED_YAJL\])", "PKG_CHECK_MODULES([EXESEAL_REEXEC], [exeseal-reexec])\n")
    substitute(tree, "src/libcrun/linux.c", r"^/\* Protection for attacks[^\n]*\nint ensure_cloned_binary.*?^}\n\n", "")
    substitute(tree, "src/crun.c", r"^int ensure_cloned_binary \(void\);\n\n", "")
    substitute(tree, "src/crun.c", r"^  if \(ensure_cloned_binary \(\) < 0\)\n    {.*?^    }\n", "")
    return {"PKG_CONFIG_PATH": install_exeseal()}


def install_exeseal():
    """Installs the static libraries and returns the folder of their .pc files."""
    build, prefix = os.path.join(BUILD, "exeseal"), os.path.join(BUILD, "prefix")
    if not os.path.exists(os.path.join(build, "build.ninja")):
        output("meson", "setup", build, CHECKOUT, f"--prefix={prefix}", "--libdir=lib", "--buildtype=release", "--default-library=static",
               "-Dtests=disabled", "-Dtool=disabled", "-Dcaps=disabled", "-Dman=disabled")
    output("ninja", "-C", build, "install")
    return os.path.join(prefix, "lib", "pkgconfig")


def build(tree, env):
    """As Debian builds it, but without libseccomp and systemd, and with the yajl of the sources."""
    output("autoreconf", "--force", "--install", cwd=tree, env=env)
    output("./configure", f"CPPFLAGS=-I{tree}/libocispec/yajl/src/headers", "--enable-embedded-yajl", "--disable-seccomp", "--disable-systemd",
           "--disable-criu", cwd=tree, env=env)
    output("make", cwd=tree, env=env)
    os.makedirs(os.path.join(tree, "bin"), exist_ok=True)
    os.replace(os.path.join(tree, "crun"), os.path.join(tree, "bin", "crun"))
    return os.path.join(tree, "bin", "crun")


def tests(tree, _, program):
    """crun's unit tests, and its tests in Python, each file in a mount namespace with a cgroup2."""
    results, folder = containers(program), os.path.join(tree, "tests")
    environment = {"OCI_RUNTIME": program, "INIT": os.path.join(folder, "init")}
    for name in ("tests_libcrun_utils", "tests_libcrun_errors"):
        results.update(tap(output(os.path.join(folder, name), cwd=tree, check=False), name + " "))
    for name in sorted(os.listdir(folder)):
        if re.fullmatch(r"test_\w+\.py", name) and name not in NOT_TESTED:
            log = output("timeout", "120", "unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
                         'mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"', "sh", sys.executable, name, cwd=folder, check=False, env=environment)
            results.update(tap(log, name + " "))
    del results[NOT_COUNTED]
    return results


def own_checks(tree, _, program):
    """The changed crun runs from a sealed memfd, and the checks tell that from crun's own mount."""
    results = containers(program, NAME)
    control = containers(program.replace(tree, os.path.join(os.path.dirname(tree), "before")), NAME)
    is_told = [control.get(name) for name in results if "ordinary user" not in name] == ["fail"] * 3
    return {**results, "the checks tell a sealed memfd from a read-only mount": "pass" if is_told else "fail"}


def times(before, after):
    return {"`crun --version`": durations([before, "--version"], [after, "--version"]),
            "`crun list`": durations([before, "list"], [after, "list"])}
