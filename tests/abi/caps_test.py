# SPDX-License-Identifier: MIT
"""libexeseal-caps as a file: its exported symbols are those of exeseal-caps.map and of
exeseal-caps.h. It needs libcap and libc. libexeseal, whose header has a struct that it uses,
does not need libcap."""

import argparse
import re

from library import declared, exported, mapped, needed
from script import fail, skip


def main():
    parser = argparse.ArgumentParser()
    for option in ("nm", "readelf", "shared", "core", "map", "header"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    if arguments.sanitized:
        skip("caps", "a sanitizer adds symbols of its own")
    exports = exported(arguments.nm, arguments.shared)
    if exports != mapped(arguments.map):
        fail(f"exported and mapped differ: {sorted(exports.items() ^ mapped(arguments.map).items())}")
    if set(exports) != declared(arguments.header) or not exports:
        fail(f"exported and declared differ: {sorted(exports)} {sorted(declared(arguments.header))}")
    libraries = [re.sub(r"\.so.*|\.musl-.*", "", name) for name in needed(arguments.readelf, arguments.shared)]
    if sorted(libraries) != ["libc", "libcap"]:
        fail(f"NEEDED is {libraries}")
    if any("cap" in name for name in needed(arguments.readelf, arguments.core)):
        fail("libexeseal needs libcap")
    print(f"exports {' '.join(exports)}; needs {' '.join(libraries)}")


main()
