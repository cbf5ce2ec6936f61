# SPDX-License-Identifier: MIT
"""Reads figures.json and soak.json. Shared by page.py and plot.py."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))

ROOT, ORDINARY = "root", "an ordinary user"
HUGE, SMALL, TMPFS = "exeseal, huge pages", "exeseal, small pages", "exeseal, tmpfs"
RUNC, FILE = "runc's CloneBinary", "from its file"


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def load():
    """The long run is measured by a script of its own, scripts/soak."""
    return {**read("figures.json"), "soak": read("soak.json")}


def rows(figures, group, user=None):
    return [row for row in figures["rows"] if row["group"] == group and user in (None, row.get("user"))]


def sizes(figures):
    """The rows of clones whose files were made with these sizes, smallest first."""
    return [row for row in rows(figures, "clone", ROOT) if is_of_size(row)]


def is_of_size(row):
    return row["name"].startswith("a file of ")


def row_of(figures, group, name, user=ROOT):
    return next((row for row in rows(figures, group, user) if row["name"] == name), {})


def result(row, name):
    """None if the contestant did not take part."""
    return next((found for found in row.get("results", []) if found["name"] == name and "skipped" not in found and "samples" in found), None)


def ratio(row, of, to):
    return next((found for found in row.get("ratios", []) if (found["of"], found["to"]) == (of, to)), None)


def size(count):
    if count >= 1 << 30:
        return "1 GiB"
    return f"{count / 1e6:.3g} MB"
