# SPDX-License-Identifier: MIT
"""Prints the numbers of a header as Go constants: constants.py lib/include/exeseal.h abi|find

EXESEAL_STEP_NO_NEW_PRIVS becomes StepNoNewPrivs. Package find gets the constants of
exeseal_resolve; package abi gets all others except the version and those that only C needs.
"""

import re
import sys

DEFINE = re.compile(r"#define EXESEAL_(\w+) (\(\((\w+)\)1 << (\d+)\)|\d+)(?:\s+/\* (.*) \*/)?$")
C_ONLY = ("VERSION_", "EXEC_", "SPAWN_")
FIND = ("RESOLVE_", "RESOLUTION_")
INITIALS = {"Ro": "RO", "X": "X"}


def go_name(name):
    words = [word.capitalize() for word in name.split("_")]
    return "".join(words[:1] + [INITIALS.get(word, word) for word in words[1:]])


def is_in(package, name):
    return name.startswith(FIND) if package == "find" else not name.startswith(FIND + C_ONLY)


def constants(lines, package):
    """The groups of the header, each a list of (name, value, comment)."""
    groups, group = [], None
    for line in lines:
        match = DEFINE.match(line)
        if match is None or not is_in(package, match.group(1)):
            group = None
            continue
        name, value, _, bit, comment = match.groups()
        if group is None:
            group = []
            groups.append(group)
        group.append((go_name(name), value if bit is None else f"1 << {bit}", comment))
    return groups


def main(header, package):
    with open(header, encoding="utf-8") as file:
        groups = constants(file.read().splitlines(), package)
    print(f"package {package}\n")
    for group in groups:
        print("const (")
        for name, value, comment in group:
            print(f"\t{name} = {value}" + (f" // {comment}" if comment else ""))
        print(")\n")


main(*sys.argv[1:])
