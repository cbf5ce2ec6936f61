# SPDX-License-Identifier: MIT
"""The project installed below a temporary prefix, for programs outside the tree that know only
pkg-config."""

import os
import shutil

from script import output_of, skip


def skip_unless_installable(name, arguments):
    if arguments.sanitized:
        skip(name, "a program outside the tree has no sanitizer to link with")
    if shutil.which("pkg-config") is None:
        skip(name, "no pkg-config here")
    os.environ.pop("LD_LIBRARY_PATH", None)  # meson's path, which leads back into the tree


def install(arguments, directory):
    """(prefix, folder of the libraries)"""
    stage = os.path.join(directory, "stage")
    output_of(*arguments.meson.split(), "install", "-C", arguments.build, "--no-rebuild", "--destdir", stage)
    prefix = stage + arguments.prefix
    return prefix, os.path.join(prefix, arguments.libdir)


def leave_archives(libraries):
    for name in os.listdir(libraries):
        if name.startswith("libexeseal") and ".so" in name:
            os.unlink(os.path.join(libraries, name))


def pkg_config(prefix, libdir, *arguments, name="exeseal"):
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(prefix, libdir, "pkgconfig"))
    return output_of("pkg-config", "--define-variable=prefix=" + prefix, *arguments, name, env=environment).split()
