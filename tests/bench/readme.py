#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the figures of a JSON file into the README and docs/reexec.md, between two comments; with --check says whether they are there already.

readme.py [--check] FIGURES README REEXEC_PAGE
"""
import json
import sys

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"


def clone_row(row):
    name = row["source"].replace("runc-padded", "runc, padded")
    others = "| | | |"  # an ordinary user mounts nothing
    if row["tmpfs_ms"]:
        others = f"| {row['tmpfs_ms']:.1f} | {row['tmpfs_times_as_fast']:.1f} | {row['view_ms']:.1f} |"
    return f"| {name}, {row['bytes'] / 1e6:.1f} MB, {row['user']} | {row['memfd_ms']:.1f} {others}\n"


def clone_table(rows):
    if not rows:
        return ""
    return (f"\n| one clone, ms, median of {rows[0]['runs']} in turn | memfd | tmpfs (where memfds are refused) | times as fast | view (`ro-shared-page`) |\n"
            "| --- | --- | --- | --- | --- |\n" + "".join(clone_row(row) for row in rows))


def start_row(row):
    without = f"{row['without_ms']:.1f}" if "without_ms" in row else ""
    return (f"| {row['program']}, {row['user']} | {without} | {row['from_sealed_ms']:.1f} | {row['copying_ms']:.1f} "
            f"| {row['copying_to_sealed']:.1f} |\n")


def start_table(figures):
    rows = figures.get("reexec", {}).get("starts", [])
    if not rows:
        return ""
    return (f"\n| start and end of a program of {rows[0]['bytes'] / 1e6:.0f} MB, ms, median of {rows[0]['runs']} in turn "
            "| does not look | finds itself sealed | copies itself | times as long |\n"
            "| --- | --- | --- | --- | --- |\n" + "".join(start_row(row) for row in rows) +
            "\nAs root runc 1.1 takes a read-only mount of its file instead of a copy.\n")


def readme(figures):
    return f"""| `runc run` of a container that ends at once, median of {figures['runs']} in turn | ms | beside by path |
| --- | --- | --- |
| by path (runc copies itself then) | {figures['run_by_path_ms']:.1f} | 1.00 |
| from one sealed descriptor for all starts | {figures['run_shared_ms']:.1f} | {figures['shared_to_path']:.2f} |
| from a fresh clone for each start | {figures['run_per_start_ms']:.1f} | {figures['per_start_to_path']:.2f} |
{clone_table(figures.get('clones', []))}{start_table(figures)}
Measured by `tests/bench/run` on a 2-core virtual machine.
"""


def reexec_page(figures):
    cost = figures["reexec"]
    return f"""A Go program that uses cgo grows by {cost['linked_bytes'] / 1e3:.0f} kB, stripped. While a program of {cost['bytes'] / 1e6:.2f} MB runs, its copy takes {cost['memory_bytes'] / 1e6:.2f} MB.
{start_table(figures)}
Measured by `tests/bench/run` on a 2-core virtual machine.
"""


def put(path, new, check):
    text = open(path).read()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    if check and old != new:
        sys.exit(f"{path} has other figures than tests/figures.json: run tests/bench/run")
    if not check:
        open(path, "w").write(before + BEGIN + new + END + after)


def main():
    check = sys.argv[1] == "--check"
    figures_path, readme_path, reexec_path = sys.argv[-3:]
    figures = json.load(open(figures_path))
    put(readme_path, readme(figures), check)
    put(reexec_path, reexec_page(figures), check)


main()
