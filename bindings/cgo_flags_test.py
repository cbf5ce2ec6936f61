# SPDX-License-Identifier: MIT
"""cgo compiles the core as meson does: cgo_flags_test.py lib/cgo.go lib/meson.build compile_commands.json

Warnings are meson's alone, and so is what a build type or a sanitizer adds.
"""

import json
import re
import shlex
import sys


def main(cgo_go, meson_build, compile_commands):
    with open(cgo_go, encoding="utf-8") as file:
        cgo = re.search(r"^// #cgo CXXFLAGS: (.*)$", file.read(), re.MULTILINE).group(1).split()
    with open(meson_build, encoding="utf-8") as file:
        core_args = re.findall(r"'([^']+)'", re.search(r"core_args = \[(.*?)\]", file.read(), re.DOTALL).group(1))
    with open(compile_commands, encoding="utf-8") as file:
        commands = [shlex.split(entry["command"]) for entry in json.load(file) if entry["file"].endswith("lib/capi.cc")]
    wrong = [f"{flag}: in cgo.go, not in meson's command" for command in commands for flag in cgo
             if not flag.startswith("-O") and flag not in command]
    wrong += [f"{flag}: in lib/meson.build, not in cgo.go" for flag in core_args
              if not flag.startswith("-W") and flag not in cgo]
    if not commands or not cgo or not core_args:
        wrong.append("nothing to compare")
    print("\n".join(wrong) or f"{len(cgo)} flags agree")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
