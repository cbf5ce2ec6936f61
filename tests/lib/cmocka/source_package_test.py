#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests how source_package.py reads apt's two formats for package sources. Prints TAP."""

import itertools
import sys

from source_package import source_of_line, source_of_stanza

STANZA = """\
# The mirror
Types: deb
URIs: http://mirror.example/debian
Suites: stable-updates stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 key: of the mirror
"""
SOURCE_STANZA = """\
Types: deb-src
Uris: http://mirror.example/debian
Suites: stable
Components: main
Signed-By: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 key: of the mirror
"""
LINE = "http://mirror.example/debian stable main contrib"

numbers = itertools.count(1)
failed = []


def expect(name, got, wanted):
    print(f"{'ok' if got == wanted else 'not ok'} {next(numbers)} - {name}")
    if got != wanted:
        print(f"# got {got!r}, not {wanted!r}")
        failed.append(name)


expect("a stanza for several suites", source_of_stanza(STANZA, "stable"), SOURCE_STANZA)
expect("a stanza for another release of the same mirror", source_of_stanza(STANZA, "stable", "next"),
       SOURCE_STANZA.replace("stable", "next"))  # fmt: skip
expect("a stanza for other suites", source_of_stanza(STANZA, "testing"), None)
expect("a stanza that is switched off", source_of_stanza(STANZA + "Enabled: no\n", "stable"), None)
expect("an empty stanza", source_of_stanza("", "stable"), None)
expect("a line", source_of_line(f"deb {LINE}  # the mirror", "stable"), f"deb-src {LINE}\n")
expect("a line for another release of the same mirror", source_of_line(f"deb {LINE}", "stable", "next"),
       f"deb-src {LINE.replace('stable', 'next')}\n")  # fmt: skip
expect("a line with options", source_of_line(f"deb [arch=amd64 trusted=yes] {LINE}", "stable"),
       f"deb-src [arch=amd64 trusted=yes] {LINE}\n")  # fmt: skip
expect("a line for another suite", source_of_line(f"deb {LINE}", "testing"), None)
expect("a line for sources", source_of_line(f"deb-src {LINE}", "stable"), None)
expect("a comment", source_of_line(f"# deb {LINE}", "stable"), None)
print(f"1..{next(numbers) - 1}")
sys.exit(1 if failed else 0)
