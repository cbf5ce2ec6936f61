#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fetches what an arm64 program requires besides the cross compiler's own files: sysroot.py
DIRECTORY. The Debian packages are unpacked, not installed, because dpkg would then need a
foreign architecture. Exits with 77 if they cannot be fetched."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from debian import Unavailable, unpack  # noqa: E402

BUILD = ['libc6', 'libstdc++6', 'libgcc-s1', 'libcap2', 'libcap-dev', 'libcmocka0', 'libcmocka-dev', 'libgtest-dev']
GUEST = ['busybox-static', 'bash', 'dash', 'coreutils', 'libtinfo6', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1', 'libpcre2-8-0']


def make_links_relative(root):
    """libcap.so leads to /lib, which here is the machine's own."""
    for directory, _, files in os.walk(root):
        for path in (os.path.join(directory, name) for name in files):
            if os.path.islink(path) and os.path.isabs(to := os.readlink(path)):
                os.unlink(path)
                os.symlink(os.path.relpath(root + to, directory), path)


def main(directory):
    try:
        unpack(directory, 'bin/busybox', *BUILD, *GUEST, architecture='arm64')
    except Unavailable as reason:
        print(f'skip arm64: {reason}')
        return 77
    make_links_relative(directory)
    return 0


if __name__ == '__main__':
    sys.exit(main(os.path.abspath(sys.argv[1])))
