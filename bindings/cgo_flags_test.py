# SPDX-License-Identifier: MIT
"""cgo compiles the core with the same flags as meson: cgo_flags_test.py lib compile_commands.json

Only meson has warning flags, and flags of a build type or a sanitizer.
"""

import glob
import json
import os
import re
import shlex
import sys


def flags_of_cgo(path):
    with open(path, encoding="utf-8") as file:
        lines = re.findall(r"^// #cgo CXXFLAGS: (.*)$", file.read(), re.MULTILINE)
    return " ".join(lines).split()


def main(lib, compile_commands):
    with open(lib + "/meson.build", encoding="utf-8") as file:
        core_args = re.findall(r"'([^']+)'", re.search(r"core_args = \[(.*?)\]", file.read(), re.DOTALL).group(1))
    with open(compile_commands, encoding="utf-8") as file:
        commands = [(os.path.normpath(os.path.join(entry["directory"], entry["file"])), shlex.split(entry["command"]))
                    for entry in json.load(file)]
    folders = sorted(os.path.dirname(path) for path in glob.glob(lib + "/**/cgo.go", recursive=True))
    wrong = []
    compared = 0
    for folder in folders:
        ours = [command for path, command in commands if os.path.dirname(path) == folder and path.endswith(".cc")]
        if not ours:
            continue  # lib/reexec is C
        compared += 1
        cgo = flags_of_cgo(folder + "/cgo.go")
        # Only cgo compiles base apart from the rest.
        own = ["-DEXESEAL_BASE_ALONE"] if os.path.basename(folder) == "base" else []
        own += [("-I${SRCDIR}/" + os.path.relpath(path, folder)).removesuffix("/.") for path in (lib, lib + "/include")]
        wrong += [f"{flag}: in {folder}/cgo.go, not in meson's command" for command in ours for flag in cgo
                  if not flag.startswith("-O") and flag not in own and flag not in command]
        wrong += [f"{flag}: in lib/meson.build, not in {folder}/cgo.go" for flag in core_args
                  if not flag.startswith("-W") and flag not in cgo]
    if compared < 2 or not core_args:
        wrong.append("nothing to compare")
    print("\n".join(wrong) or f"{compared} folders agree")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
