# SPDX-License-Identifier: MIT
"""docs/peers.md: written from the measurement, and parsed to be compared with it."""

import os

from matrix import STARTS

UNKNOWN = "not measured"

HEAD = """# Peers: how other runtimes treat a clone

A container runtime that protects itself examines, when it starts, the file that
it runs from. Unless that file is sealed, the runtime makes a copy of it. The
tables show what each runtime does when it is started from a descriptor that
exeseal made, and from a few others ([integrations](README.md) has how to start
each from one):

- **kept**: it runs from the descriptor.
- **copied**: it makes its own copy, which costs time and memory, and which is
  as good as the runtime's own way of copying.
- **fails**: it does not start.

The test `tests/peers` writes the tables from the system calls of the real
programs. A memfd, a mount, a temporary file, or another execution of itself
counts as a copy.

- runc before 1.2 was stopped in `runc init`. Later versions were built from
  runc's Go module, and ran a container. *IsCloned* is the answer of the
  function of that name in runc's package `libcontainer/exeseal`, for the
  running program and for a descriptor that was passed to it.
- *pentacle* is the crate that copies youki: 1.0 up to youki 0.4, 1.1 from youki
  0.5 on.
- LXC is `lxc-attach`.
- *exeseal* is a program that is linked with libexeseal-reexec.
- An ordinary user may not mount, so that table has no rows of tmpfs, overlay
  and bind.
- The other runtimes made a copy of themselves by `exeseal_reexec_self` in a
  library that was loaded before them (LD_PRELOAD).
"""


def cells_of(path):
    """{section: (titles, {start: [cell]})}"""
    sections, rows, titles = {}, {}, []
    descriptions = {description: start for start, description in STARTS.items()}
    if not os.path.exists(path):
        return sections
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("## "):
                rows, titles = {}, []
                sections[line[3:].strip()] = (titles, rows)
            elif line.startswith("|"):
                first, *cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
                if first == "started from":
                    titles += cells
                elif first in descriptions:
                    rows[descriptions[first]] = cells
    return sections


def section_text(name, titles, rows):
    lines = [f"\n## {name}\n", "| started from | " + " | ".join(titles) + " |", "| --- |" + " --- |" * len(titles)]
    lines += [f"| {STARTS[start]} | " + " | ".join(cells) + " |" for start, cells in rows.items()]
    return "\n".join(lines) + "\n"


class Page:
    """A cell that was not measured this time keeps its value."""

    def __init__(self, path, columns):
        self.path, self.columns, self.old, self.new = path, columns, cells_of(path), {}

    def expect(self, section, starts):
        titles, rows = self.old.get(section, ([], {}))
        fresh = {start: [UNKNOWN] * len(self.columns) for start in starts}
        if len(titles) == len(self.columns):
            fresh = {start: list(rows.get(start, fresh[start])) for start in starts}
        self.new[section] = (list(titles) if len(titles) == len(self.columns) else list(self.columns), fresh)

    def put(self, section, start, column, title, word):
        titles, rows = self.new[section]
        place = self.columns.index(column)
        if titles[place] != title:
            titles[place] = title
            for cells in rows.values():
                cells[place] = UNKNOWN
        rows[start][place] = word

    def differences(self, column):
        """None: the page is about another version."""
        place, found = self.columns.index(column), []
        for section, (titles, rows) in self.new.items():
            old_titles, old_rows = self.old.get(section, ([], {}))
            if titles[place] == column or all(cells[place] == UNKNOWN for cells in rows.values()):
                continue
            if len(old_titles) != len(titles) or old_titles[place] != titles[place]:
                return None
            found += [f"{section}: {STARTS[start]}" for start, cells in rows.items()
                      if old_rows.get(start, [UNKNOWN] * len(titles))[place] != cells[place]]  # fmt: skip
        return found

    def write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(section_text(name, *section) for name, section in self.new.items()))
