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
new = f"""| `runc run` of a container that ends at once, median of {figures['runs']} in turn | ms | beside by path |
| --- | --- | --- |
| by path (runc copies itself then) | {figures['run_by_path_ms']:.1f} | 1.00 |
| from one sealed descriptor for all starts | {figures['run_shared_ms']:.1f} | {figures['shared_to_path']:.2f} |
| from a fresh clone for each start | {figures['run_per_start_ms']:.1f} | {figures['per_start_to_path']:.2f} |

One clone of that runc, {figures['bytes'] / 1e6:.1f} MB, takes {figures['clone_ms']:.1f} ms. Measured by `tests/bench/run` on a 2-core virtual machine.
"""
if check and old != new:
    sys.exit("README.md has other figures than tests/figures.json: run tests/bench/run")
if not check:
    open(readme_path, "w").write(before + BEGIN + new + END + after)
