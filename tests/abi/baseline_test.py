# SPDX-License-Identifier: MIT
"""The types and functions of each shared library are those of its committed baseline, except for
functions that were added since. With EXESEAL_UPDATE=1, the test writes the baselines instead.

    baseline_test.py [--sanitized] --headers DIRECTORY LIBRARY=BASELINE...

A control shows that abidiff reports a removed function and a struct of another size.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import tempfile

from script import fail, output_of, skip


def description_of(library, headers):
    """The library's interface in abidw's XML; types outside the headers are left out."""
    return output_of("abidw", "--headers-dir", headers, "--drop-private-types", "--no-corpus-path",
                     "--no-comp-dir-path", "--no-show-locs", "--exported-interfaces-only", library)


def differences(old, new):
    """abidiff's text if NEW lacks or changes something of OLD; "" otherwise."""
    done = subprocess.run(["abidiff", "--no-added-syms", old, new], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode & 3:
        fail(f"abidiff {old} {new}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout if done.returncode else ""


def check_controls(description):
    """A copy without a function, and a copy whose largest struct lost 8 bytes, are reported."""
    first = re.search(r"<elf-symbol name='(\w+)'", description).group(1)
    mutants = {f"a library without {first}": re.sub(rf"\b{first}\b", "another_name", description)}
    structs = re.findall(r"<class-decl name='(exeseal_\w+)' size-in-bits='(\d+)'", description)
    if structs:
        name, bits = max(structs, key=lambda struct: int(struct[1]))
        mutants[f"a smaller {name}"] = description.replace(
            f"<class-decl name='{name}' size-in-bits='{bits}'",
            f"<class-decl name='{name}' size-in-bits='{int(bits) - 64}'")
    with tempfile.TemporaryDirectory() as directory:
        paths = [os.path.join(directory, name) for name in ("whole.xml", "mutant.xml")]
        with open(paths[0], "w", encoding="utf-8") as file:
            file.write(description)
        for what, text in mutants.items():
            with open(paths[1], "w", encoding="utf-8") as file:
                file.write(text)
            if not differences(*paths):
                fail(f"abidiff does not report {what}")
            print(f"control: abidiff reports {what}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--headers", required=True)
    parser.add_argument("pairs", nargs="+")
    arguments = parser.parse_args()
    if arguments.sanitized:
        skip("baseline", "a sanitizer adds symbols of its own")
    if not shutil.which("abidw") or not shutil.which("abidiff"):
        skip("baseline", "abidw or abidiff is not installed (Debian package abigail-tools)")
    if platform.machine() != "x86_64":
        skip("baseline", "the baselines are those of x86_64")
    for pair in arguments.pairs:
        library, _, baseline = pair.partition("=")
        if ".debug_info" not in output_of("readelf", "-SW", library):
            skip("baseline", f"{os.path.basename(library)} was built without debugging information")
        description = description_of(library, arguments.headers)
        if os.environ.get("EXESEAL_UPDATE"):
            with open(baseline, "w", encoding="utf-8") as file:
                file.write(description)
        found = differences(baseline, library)
        if found:
            fail(f"{os.path.basename(library)} differs from its baseline. If the change is intended,"
                 f" run scripts/regenerate.\n{found}")
        with open(baseline, encoding="utf-8") as file:
            check_controls(file.read())


main()
