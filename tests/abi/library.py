# SPDX-License-Identifier: MIT
"""The symbols that a library exports and needs, and those that its map and its header name."""

import re

from script import output_of


def exported(nm, library):
    """{name: version} of the defined dynamic symbols, without the version nodes."""
    symbols = {}
    for line in output_of(nm, "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[-2:]
        if kind == "A":
            continue
        name, _, version = name.partition("@")
        symbols[name] = version.lstrip("@")
    return symbols


def mapped(path):
    text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
    names = {}
    for version, body in re.findall(r"(\w[\w.]*)\s*\{(.*?)\}", text, flags=re.S):
        for name in re.findall(r"global:(.*?)(?:local:|$)", body, flags=re.S)[0].split(";"):
            if name.strip():
                names[name.strip()] = version
    return names


def declared(path):
    text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
    return set(re.findall(r"^[\w\s*]*?\b(exeseal_\w+)\s*\(", text, flags=re.M))


def needed(readelf, file):
    """The libraries that a program or library needs."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output_of(readelf, "-dW", file))


def run_at_load(readelf, file):
    """Functions that run before main, except the start files' own entry (frame_dummy)."""
    dynamic = output_of(readelf, "-dW", file)
    word = 8 if "ELF64" in output_of(readelf, "-h", file) else 4
    for tag in ("INIT_ARRAYSZ", "FINI_ARRAYSZ"):
        size = re.search(rf"\({tag}\)\s+(\d+)", dynamic)
        if size and int(size.group(1)) > word:
            yield f"{tag} is {size.group(1)} bytes: something of ours runs at load"
    if "PREINIT_ARRAY" in dynamic:
        yield "there is a PREINIT_ARRAY"
