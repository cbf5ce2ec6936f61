# SPDX-License-Identifier: MIT
"""Writes the numbers of a header as Go constants: constants.py lib/exeseal.h

EXESEAL_STEP_NO_NEW_PRIVS becomes StepNoNewPrivs. The version and what only C needs are left out.
"""

import re
import sys

DEFINE = re.compile(r"#define EXESEAL_(\w+) (\(\((\w+)\)1 << (\d+)\)|\d+)(?:\s+/\* (.*) \*/)?$")
LEFT_OUT = ("VERSION_", "EXEC_", "SPAWN_")
INITIALS = {"Ro": "RO", "X": "X"}


def go_name(name):
    words = [word.capitalize() for word in name.split("_")]
    return "".join(words[:1] + [INITIALS.get(word, word) for word in words[1:]])


def constants(lines):
    """Groups as in the header, each a list of (name, value, comment)."""
    groups, group = [], None
    for line in lines:
        match = DEFINE.match(line)
        if match is None or match.group(1).startswith(LEFT_OUT):
            group = None
            continue
        name, value, _, bit, comment = match.groups()
        if group is None:
            group = []
            groups.append(group)
        group.append((go_name(name), value if bit is None else f"1 << {bit}", comment))
    return groups


def main(header):
    with open(header, encoding="utf-8") as file:
        groups = constants(file.read().splitlines())
    print("package abi\n")
    for group in groups:
        print("const (")
        for name, value, comment in group:
            print(f"\t{name} = {value}" + (f" // {comment}" if comment else ""))
        print(")\n")


main(*sys.argv[1:])
