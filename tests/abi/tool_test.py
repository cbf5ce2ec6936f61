# SPDX-License-Identifier: MIT
"""The tool as a file: it needs libc alone and runs nothing before main, so that it starts fast."""

import argparse
import re

from library import needed, run_at_load
from script import fail, skip


def main():
    parser = argparse.ArgumentParser()
    for option in ("readelf", "tool"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_args()
    if arguments.sanitized:
        skip("tool", "a sanitizer adds a library and constructors of its own")
    libraries = needed(arguments.readelf, arguments.tool)
    # dlopen(3) is in libdl before glibc 2.34.
    if not libraries or not all(re.match(r"lib(c|dl)\.(so\.\d+|musl-.*)$", name) for name in libraries):
        fail(f"NEEDED is {libraries}, not libc alone")
    for trouble in run_at_load(arguments.readelf, arguments.tool):
        fail(trouble)
    print(f"needs {' '.join(libraries)}")


main()
