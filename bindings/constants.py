# SPDX-License-Identifier: MIT
"""Prints the numbers of a header: constants.py lib/include/exeseal.h abi|find|names|python|cpp

For Go, EXESEAL_STEP_NO_NEW_PRIVS becomes StepNoNewPrivs. Package find gets the constants of
exeseal_resolve; package abi gets all others except the version and those that only C needs. The
public package gets names, which are strings there: StrategyMemfd is "memfd".

For Python and C++ it becomes a member of an enum: Step.NO_NEW_PRIVS and Step::no_new_privs.
"""

import re
import sys

DEFINE = re.compile(r"#define EXESEAL_(\w+) (\(\((\w+)\)1 << (\d+)\)|\d+)(?:\s+/\* (.*) \*/)?$")
C_ONLY = ("VERSION_", "EXEC_", "SPAWN_")
FIND = ("RESOLVE_", "RESOLUTION_")
INITIALS = {"Ro": "RO", "X": "X"}

# The enums of Python and C++, and the names of Go: the prefix of the numbers, the type, what it is,
# Python's base class, and whether C++ and Go have it too.
ENUMS = (
    ("MODE_", "Mode", "which strategies may make the clone", "Named", ("cpp",)),
    ("STRATEGY_", "Strategy", "a way to make a clone", "Named", ("cpp", "names")),
    ("STEP_", "Step", "the step at which an attempt failed", "Named", ("cpp",)),
    ("KIND_", "Kind", "the kind of failure that a step belongs to", None, ("cpp",)),
    ("EVIDENCE_", "Evidence", "how it is known that the source did not change while it was read", "Named",
     ("cpp", "names")),
    ("GUARANTEE_", "Guarantee", "the promises of a clone, one bit each", "NamedFlag", ("cpp",)),
    ("TYPE_", "Type", "the type of an inspected file", "enum.IntEnum", ("cpp", "names")),
    ("IMAGE_", "Image", "the kind of program that an inspected file contains", "enum.IntEnum", ("cpp", "names")),
    ("INFO_", "InfoFlag", "the properties of a descriptor, its file and its mount, one bit each", "enum.IntFlag",
     ("cpp",)),
    ("CLONE_", "CloneFlag", "the flags of struct exeseal_clone_options", "enum.IntFlag", ()),
    ("RESOLVE_", "ResolveFlag", "the flags of struct exeseal_resolve_options", "enum.IntFlag", ()),
    ("RESOLUTION_", "ResolutionFlag", "the flags of struct exeseal_resolution", "enum.IntFlag", ()),
)
CPP_KEYWORDS = {"static": "static_elf", "dynamic": "dynamic_elf"}  # static is a keyword


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


def members(lines, prefix, are_bits):
    """(name, value, comment) of the numbers with the prefix, or of the bits."""
    for name, value, comment in filter(None, map(defined, lines)):
        if name.startswith(prefix) and value.startswith("1 <<") == are_bits:
            yield name[len(prefix):], value, comment


def are_bits(base):
    return base is not None and base.endswith("Flag")


def print_names(lines):
    print("package exeseal\n\n// These are the names that reports and [Info] use. [Mode] has a file of its own.\n")
    for prefix, name, purpose, base, languages in ENUMS:
        if "names" not in languages:
            continue
        print(f"// {name} is {purpose}.\ntype {name} string\n\nconst (")
        for member, _, comment in members(lines, prefix, are_bits(base)):
            constant = name + go_name("_" + member)
            print(f"\t{constant} {name} = \"{member.lower().replace('_', '-')}\" // {comment}")
        print(")\n")


def print_python(lines):
    print('"""The numbers of exeseal.h as enums."""\n\nimport enum\n\nfrom ._named import Named, NamedFlag')
    for prefix, name, purpose, base, _ in ENUMS:
        if base is None:
            continue
        print(f'\n\nclass {name}({base}):\n    """{purpose[0].upper()}{purpose[1:]}."""\n')
        for member, value, comment in members(lines, prefix, are_bits(base)):
            print(f"    {member} = {value}" + (f"  # {comment}" if comment else ""))


def print_cpp(lines):
    print()
    for prefix, name, purpose, base, languages in ENUMS:
        if "cpp" not in languages:
            continue
        number = "uint64_t" if name == "Guarantee" else "uint32_t"
        print(f"// {purpose[0].upper()}{purpose[1:]}: EXESEAL_{prefix}*.\nenum class {name} : {number} {{")
        for member, _, _ in members(lines, prefix, are_bits(base)):
            enumerator = CPP_KEYWORDS.get(member.lower(), member.lower())
            print(f"    {enumerator} = EXESEAL_{prefix}{member},")
        print("};\n")


PRINTERS = {"names": print_names, "python": print_python, "cpp": print_cpp}


def main(header, target):
    with open(header, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if target in PRINTERS:
        PRINTERS[target](lines)
    else:
        print_go(lines, target)


main(*sys.argv[1:])
