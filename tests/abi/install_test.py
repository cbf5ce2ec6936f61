# SPDX-License-Identifier: MIT
"""A C program outside the tree that knows only pkg-config: exeseal is installed below a
temporary prefix, and the program is built against it, shared and static, and run."""

import argparse
import os
import subprocess
import tempfile

from installation import install, leave_archives, pkg_config, skip_unless_installable
from library import needed
from script import fail, output_of

PROGRAM = r"""
#include <exeseal.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Started plainly it executes itself from a sealed copy, which says so. */
int main(int argc, char **argv) {
    struct exeseal_report report;
    struct exeseal_info info;
    char *again[] = {argv[0], "sealed", NULL};
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (exeseal_inspect(fd, &info, sizeof info) != 0)
        return 1;
    if (argc == 2)
        return printf("sealed %d\n", (info.guarantees & EXESEAL_GUARANTEE_SEALED) != 0) < 0;
    fd = exeseal_clone_self(NULL, 0, &report, sizeof report);
    if (fd < 0 || strcmp(exeseal_strategy_name(report.strategy), "memfd") != 0)
        return 2;
    exeseal_exec_fd(fd, again, NULL, NULL, 0, NULL, 0);
    return 3;
}
"""


CAPABILITIES = r"""
#include <exeseal-caps.h>

int main(void) {
    struct exeseal_exec_options options = {0};
    if (exeseal_caps_parse("!cap_sys_admin", &options) != 0 || options.drop_bounding == 0)
        return 1;
    return exeseal_version() == 0;
}
"""


def main():
    parser = argparse.ArgumentParser()
    for option in ("build", "meson", "cc", "readelf", "prefix", "libdir"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    skip_unless_installable("install", arguments)
    with tempfile.TemporaryDirectory() as directory:
        prefix, libraries = install(arguments, directory)
        installed = sorted(
            os.path.relpath(os.path.join(where, name), prefix) for where, _, names in os.walk(prefix) for name in names
        )
        wanted = ["libexeseal.so", "libexeseal.so.0", "libexeseal.a", "pkgconfig/exeseal.pc"]
        for name in wanted + [name.replace("exeseal", "exeseal-caps") for name in wanted]:
            if os.path.join(arguments.libdir, name) not in installed:
                fail(f"{name} is not installed: {installed}")
        headers = {f"include/{name}" for name in ("exeseal.h", "exeseal.hpp", "exeseal-caps.h", "exeseal-reexec.h")}
        reexec = {os.path.join(arguments.libdir, name) for name in ("libexeseal-reexec.a", "pkgconfig/exeseal-reexec.pc")}
        if not headers | reexec <= set(installed):
            fail(f"a header, or what belongs to exeseal-reexec, is not installed: {installed}")

        outside = os.path.join(directory, "outside")
        os.mkdir(outside)
        source = os.path.join(outside, "program.c")
        with open(source, "w") as file:
            file.write(PROGRAM)

        shared, compiler = os.path.join(outside, "shared"), arguments.cc.split()
        flags = pkg_config(prefix, arguments.libdir, "--cflags", "--libs")
        output_of(*compiler, "-Wall", "-Wextra", "-Werror", "-o", shared, source, *flags)
        if "libexeseal.so.0" not in needed(arguments.readelf, shared):
            fail(f"shared: NEEDED is {needed(arguments.readelf, shared)}")
        # The copy starts with an empty environment, so the libraries must be found by an rpath.
        output_of(*compiler, "-o", shared, source, *flags, "-Wl,-rpath," + libraries)
        if output_of(shared) != "sealed 1\n":
            fail("shared: it did not run from a sealed copy")

        with open(os.path.join(outside, "caps.c"), "w") as file:
            file.write(CAPABILITIES)
        build_caps = [*compiler, "-Wall", "-Wextra", "-Werror", "-o", "caps", "caps.c"]
        flags = pkg_config(prefix, arguments.libdir, "--cflags", "--libs", name="exeseal-caps")
        output_of(*build_caps, *flags, "-Wl,-rpath," + libraries, cwd=outside)
        output_of("./caps", cwd=outside)

        leave_archives(libraries)
        static = os.path.join(outside, "static")
        flags = pkg_config(prefix, arguments.libdir, "--static", "--cflags", "--libs")
        output_of(*compiler, "-Wall", "-Wextra", "-Werror", "-o", static, source, *flags)
        libs = needed(arguments.readelf, static)
        if any(name.startswith(("libexeseal", "libstdc++", "libgcc_s", "libc++")) for name in libs):
            fail(f"static: NEEDED is {libs}")
        if output_of(static) != "sealed 1\n":
            fail("static: it did not run from a sealed copy")
        print(f"installed: {' '.join(installed)}")
        print(f"static needs {' '.join(libs)}")

        caps_flags = pkg_config(prefix, arguments.libdir, "--static", "--cflags", "--libs", name="exeseal-caps")
        output_of(*build_caps, *caps_flags, cwd=outside)
        output_of("./caps", cwd=outside)

        whole = os.path.join(outside, "whole")
        done = subprocess.run([*compiler, "-static", "-o", whole, source, *flags], stderr=subprocess.PIPE)
        if done.returncode != 0:
            print("no static libc here: a wholly static program was not tried")
        elif output_of(whole) != "sealed 1\n":
            fail("-static: it did not run from a sealed copy")


main()
