# SPDX-License-Identifier: MIT
"""Prints the numbers of a header: constants.py lib/include/exeseal.h abi|find|python

For Go, EXESEAL_STEP_NO_NEW_PRIVS becomes StepNoNewPrivs. Package find gets the constants of
exeseal_resolve; package abi gets all others except the version and those that only C needs.

For Python it becomes Step.NO_NEW_PRIVS, a member of an enum.
"""

import re
import sys

DEFINE = re.compile(r"#define EXESEAL_(\w+) (\(\((\w+)\)1 << (\d+)\)|\d+)(?:\s+/\* (.*) \*/)?$")
C_ONLY = ("VERSION_", "EXEC_", "SPAWN_")
FIND = ("RESOLVE_", "RESOLUTION_")
INITIALS = {"Ro": "RO", "X": "X"}

# Python's enums: the prefix of the numbers, the class, its base and its docstring.
ENUMS = (
    ("MODE_", "Mode", "Named", "Which strategies may make the sealed executable."),
    ("STRATEGY_", "Strategy", "Named", "The ways to make a sealed executable."),
    ("STEP_", "Step", "Named", "The step at which an attempt failed."),
    ("EVIDENCE_", "Evidence", "Named", "How it is known that the source was stable."),
    ("GUARANTEE_", "Guarantee", "NamedFlag", "The promises of a sealed executable."),
    ("TYPE_", "Type", "enum.IntEnum", "The kind of file that a descriptor refers to."),
    ("IMAGE_", "Image", "enum.IntEnum", "The kind of program that a file is."),
    ("INFO_", "InfoFlag", "enum.IntFlag", "Properties of a descriptor, its file and its mount."),
    ("CLONE_", "CloneFlag", "enum.IntFlag", "Flags of struct exeseal_clone_options."),
    ("RESOLVE_", "ResolveFlag", "enum.IntFlag", "Flags of struct exeseal_resolve_options."),
    ("RESOLUTION_", "ResolutionFlag", "enum.IntFlag", "Flags of struct exeseal_resolution."),
)


def go_name(name):
    words = [word.capitalize() for word in name.split("_")]
    return "".join(words[:1] + [INITIALS.get(word, word) for word in words[1:]])


def is_in(package, name):
    return name.startswith(FIND) if package == "find" else not name.startswith(FIND + C_ONLY)


def defined(line):
    """The name, value and comment of a constant; None for another line."""
    match = DEFINE.match(line)
    if match is None:
        return None
    name, value, _, bit, comment = match.groups()
    return name, value if bit is None else f"1 << {bit}", comment


def constants(lines, package):
    """The groups of the header, each a list of (name, value, comment)."""
    groups, group = [], None
    for line in lines:
        constant = defined(line)
        if constant is None or not is_in(package, constant[0]):
            group = None
            continue
        if group is None:
            group = []
            groups.append(group)
        group.append((go_name(constant[0]), *constant[1:]))
    return groups


def print_go(lines, package):
    print(f"package {package}\n")
    for group in constants(lines, package):
        print("const (")
        for name, value, comment in group:
            print(f"\t{name} = {value}" + (f" // {comment}" if comment else ""))
        print(")\n")


def print_python(lines):
    print('"""The numbers of exeseal.h as enums."""\n\nimport enum\n\nfrom ._named import Named, NamedFlag')
    all_constants = list(filter(None, map(defined, lines)))
    for prefix, name, base, purpose in ENUMS:
        is_flag = base.endswith("Flag")
        print(f'\n\nclass {name}({base}):\n    """{purpose}"""\n')
        for member, value, comment in all_constants:
            if member.startswith(prefix) and is_flag == value.startswith("1 <<"):
                print(f"    {member[len(prefix):]} = {value}" + (f"  # {comment}" if comment else ""))


def main(header, package):
    with open(header, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if package == "python":
        print_python(lines)
    else:
        print_go(lines, package)


main(*sys.argv[1:])
