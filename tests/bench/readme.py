#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the figures of a JSON file into the README, between two comments; with --check says whether they are there already."""
import json
import sys

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"

check = sys.argv[1] == "--check"
figures_path, readme_path = sys.argv[-2:]
figures = json.load(open(figures_path))
text = open(readme_path).read()
before, rest = text.split(BEGIN)
old, after = rest.split(END)


def clone_row(row):
    name = row["source"].replace("runc-padded", "runc, padded")
    return (f"| {name}, {row['bytes'] / 1e6:.1f} MB, {row['user']} | {row['memfd_ms']:.1f} | {row['tmpfs_ms']:.1f} "
            f"| {row['tmpfs_times_as_fast']:.1f} | {row['view_ms']:.1f} |\n")


def clone_table(rows):
    if not rows:
        return ""
    return (f"\n| one clone, ms, median of {rows[0]['runs']} in turn | memfd | tmpfs (`WithFast`) | times as fast | view (`ro-shared-page`) |\n"
            "| --- | --- | --- | --- | --- |\n" + "".join(clone_row(row) for row in rows))


new = f"""| `runc run` of a container that ends at once, median of {figures['runs']} in turn | ms | beside by path |
| --- | --- | --- |
| by path (runc copies itself then) | {figures['run_by_path_ms']:.1f} | 1.00 |
| from one sealed descriptor for all starts | {figures['run_shared_ms']:.1f} | {figures['shared_to_path']:.2f} |
| from a fresh clone for each start | {figures['run_per_start_ms']:.1f} | {figures['per_start_to_path']:.2f} |
{clone_table(figures.get('clones', []))}
One clone of that runc, {figures['bytes'] / 1e6:.1f} MB, takes {figures['clone_ms']:.1f} ms. Measured by `tests/bench/run` on a 2-core virtual machine.
"""
if check and old != new:
    sys.exit("README.md has other figures than tests/figures.json: run tests/bench/run")
if not check:
    open(readme_path, "w").write(before + BEGIN + new + END + after)
