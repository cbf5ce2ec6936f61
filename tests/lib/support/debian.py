# SPDX-License-Identifier: MIT
"""Debian packages, unpacked but not installed, since some bring services along."""

import glob
import os
import shutil
import subprocess
import tempfile


class Unavailable(Exception):
    """Its text is the reason."""


def run(what, *command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **options)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Unavailable(f"{what}: {next((line for line in lines if line.startswith('E:')), lines[-1])[:160]}")
    return done.stdout


def unpack(directory, program, *packages, architecture=None):
    """Unpacks the packages below the directory, unless the program is there already. Uses
    package lists of its own, since the system's may be empty, and does not add a foreign
    architecture to dpkg."""
    what = os.path.basename(program)
    if os.path.exists(os.path.join(directory, program)):
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Unavailable(f"no {what} here, and no apt-get to fetch it")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as work:
        os.makedirs(work + "/state/lists/partial")
        os.makedirs(work + "/cache/archives/partial")
        apt = ["apt-get", "-qq", "-o", f"Dir::State={work}/state", "-o", "Dir::State::status=/var/lib/dpkg/status",
               "-o", f"Dir::Cache={work}/cache", "-o", "APT::Sandbox::User=root", "-o", "APT::Update::Error-Mode=any"]  # fmt: skip
        if architecture:
            apt += ["-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures::={architecture}", "-o", "Dir::State::status=/dev/null"]
        run(what, *apt, "update")
        run(what, *apt, "download", *packages, cwd=work)
        for package in glob.glob(work + "/*.deb"):
            run(what, "dpkg-deb", "--extract", package, directory)
