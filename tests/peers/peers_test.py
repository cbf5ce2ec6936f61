# SPDX-License-Identifier: MIT
"""Which peers copy themselves again: the real ones, each started from each kind of descriptor
and traced. Prints TAP.

    peers_test.py --from-descriptor PROGRAM --preload LIBRARY --sealing-program PROGRAM
                  --build DIRECTORY [PEER...]

Each cell of matrix.py is a test. Its control is the same peer started by path, which must copy
itself. With EXESEAL_UPDATE=1 docs/peers.md is written; otherwise it is compared."""

import argparse
import os

import matrix
from observe import PRIVATE_NOEXEC, Missing, Starters
from page import Page
from runtimes import PEERS, PROJECT, Broken, attempt, exeseal, is_tmpfs, published

ORDINARY_USER = 65534
WORDS = {"ok": "does not copy itself", "again": "copies itself", "fails": "fails"}


class Section:
    def __init__(self, name, expected, user, prefix=()):
        self.name, self.user, self.prefix = name, user, prefix
        self.expected = {cell: outcome for cell, outcome in matrix.table(expected).items()
                         if user == 0 or cell[0] not in matrix.MOUNTING}  # fmt: skip
        self.starts = list(dict.fromkeys(start for start, _ in self.expected))

    def missing(self):
        """The reason why this user cannot measure any of it."""
        if os.geteuid() != 0 and (self.user == 0 or self.prefix):
            return "needs root"
        if self.prefix:
            try:
                attempt("vm.memfd_noexec", *self.prefix, "true")
            except Missing as reason:
                return str(reason)
        return None


class Tap:
    def __init__(self):
        self.count = 0

    def line(self, good, name, *notes, skip=None):
        self.count += 1
        for note in notes:
            print("\n".join("# " + line for line in note.splitlines()))
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}" + (f" # SKIP {skip}" if skip else ""), flush=True)


def measure(section, peer, start, starters):
    if start == "tmpfile" and is_tmpfs("/var/tmp"):
        raise Missing("/var/tmp is a tmpfs")
    return peer.observe(peer, start, starters, section.user, section.prefix)


def check_cell(tap, page, section, column, peer, start, starters):
    expected = section.expected[start, peer.family]
    name = f"{section.name}: {peer.title} {WORDS[expected]} from {start}"
    try:
        seen = measure(section, peer, start, starters)
    except Missing as reason:
        tap.line(True, name, skip=reason)
        return
    page.put(section.name, start, column, peer.title, peer.words[seen.outcome])
    if seen.outcome == expected:
        tap.line(True, name)
    else:
        tap.line(False, name, f"seen: it {WORDS[seen.outcome]}", "\n".join(seen.calls), seen.output)


def check_page(tap, page, column, updating):
    differences = [] if updating else page.differences(column)
    name = f"docs/peers.md says so of {column}"
    if differences is None:
        tap.line(True, name, skip="it is about another version")
    else:
        tap.line(not differences, name, *differences, *(["EXESEAL_UPDATE=1 writes it"] if differences else []))


def check_peer(tap, page, sections, column, arguments, starters):
    try:
        peer = PEERS[column](arguments.build)
    except Missing as reason:
        tap.line(True, column, skip=reason)
        return
    except Broken as reason:
        tap.line(False, column, str(reason))
        return
    for section in sections:
        if reason := section.missing():
            tap.line(True, f"{section.name}: {peer.title}", skip=reason)
            continue
        for start in section.starts:
            check_cell(tap, page, section, column, peer, start, starters)
    check_page(tap, page, column, "EXESEAL_UPDATE" in os.environ)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from-descriptor", required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--sealing-program", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("peers", nargs="*", metavar="PEER")
    arguments = parser.parse_args()
    PEERS["exeseal"] = exeseal(arguments.sealing_program)
    arguments.build = os.path.abspath(arguments.build)
    os.makedirs(arguments.build, exist_ok=True)
    # The build may lie where an ordinary user may not look.
    starters = Starters(published(arguments.from_descriptor), published(arguments.preload))
    user = ORDINARY_USER if os.geteuid() == 0 else os.geteuid()
    sections = [
        Section("As root", matrix.EXPECTED, 0),
        Section("As an ordinary user", matrix.EXPECTED, user),
        Section("As root, with vm.memfd_noexec=1", matrix.EXPECTED_NOEXEC, 0, PRIVATE_NOEXEC),
    ]
    page = Page(os.path.join(PROJECT, "docs", "peers.md"), list(PEERS))
    for section in sections:
        page.expect(section.name, section.starts)
    tap = Tap()
    for column in arguments.peers or PEERS:
        check_peer(tap, page, sections, column, arguments, starters)
    print(f"1..{tap.count}")
    if "EXESEAL_UPDATE" in os.environ:
        page.write()


main()
