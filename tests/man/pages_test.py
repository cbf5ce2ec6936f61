#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The form of the manual pages: pages_test.py PROJECT BUILD MANDIR. Prints TAP."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from manual import pages
from tap import Skip, report

PROJECT, BUILD, MANDIR = sys.argv[1:4]
PAGES = pages(PROJECT)
# scdoc writes an empty paragraph around each heading, list and table, whatever the source says.
BY_SCDOC = re.compile(r"WARNING: skipping paragraph macro: PP (empty|after S[HS])$")
SECTIONS = {
    "1": ["NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"],
    "3": [
        "NAME", "SYNOPSIS", "DESCRIPTION", "RETURN VALUE", "ERRORS", "SINCE", "SAFETY", "NOTES", "EXAMPLES", "SEE ALSO",
    ],
    "7": ["NAME", "DESCRIPTION", "SEE ALSO"],
}  # fmt: skip
OPTIONAL = {"NOTES"}


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"no {program}")


def built(page):
    """The page as scdoc writes it; scdoc must not complain."""
    with open(page.path, "rb") as source:
        done = subprocess.run(["scdoc"], stdin=source, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, f"{page.file}.scd: scdoc: {done.stderr.decode()}"
    return done.stdout


def each_built(directory):
    for page in PAGES.values():
        path = os.path.join(directory, page.file)
        with open(path, "wb") as file:
            file.write(built(page))
        yield path


def scdoc_builds_each_page_without_a_warning():
    assert PAGES, "no page"
    for page in PAGES.values():
        built(page)


def mandoc_finds_no_fault():
    need("mandoc")
    with tempfile.TemporaryDirectory() as directory:
        for path in each_built(directory):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True, check=False)
            faults = [line for line in (done.stdout + done.stderr).splitlines() if not BY_SCDOC.search(line)]
            assert not faults, "\n".join(faults)


def man_renders_each_page_without_a_warning():
    need("man", "groff")
    with tempfile.TemporaryDirectory() as directory:
        for path in each_built(directory):
            done = subprocess.run(
                ["man", "--warnings", "-l", path], capture_output=True, text=True, check=False,
                env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", MANPAGER="cat"),
            )  # fmt: skip
            assert done.returncode == 0 and not done.stderr, f"{path}: {done.stderr}"
            wide = [line for line in done.stdout.splitlines() if len(line) > 80]
            assert not wide, f"{path}: wider than 80 columns:\n" + "\n".join(wide)


def sources_have_at_most_80_columns():
    for page in PAGES.values():
        for number, line in enumerate(page.text.splitlines(), 1):
            assert len(line) <= 80, f"{page.file}.scd:{number}: {len(line)} columns"


def titles_are_the_names_of_the_files():
    for page in PAGES.values():
        assert page.text.startswith(f'{page.name}({page.section}) "exeseal"\n'), f"{page.file}.scd: {page.text[:60]!r}"
        assert page.name in page.names(), f"{page.file}.scd: NAME has {page.names()}"


def sections_are_in_their_order():
    for page in PAGES.values():
        wanted = SECTIONS[page.section]
        found = [heading for heading in page.sections if heading in wanted]
        expected = [heading for heading in wanted if heading in found or heading not in OPTIONAL]
        assert found == expected, f"{page.file}.scd: {found}, not {expected}"
        others = set(page.sections) - set(wanted)
        assert page.section != "3" or not others, f"{page.file}.scd: {others}"
        assert list(page.sections)[-1] == "SEE ALSO", f"{page.file}.scd: SEE ALSO is not the last section"


def references_lead_to_pages_that_exist():
    known = {f"{name}.{page.section}" for page in PAGES.values() for name in page.names()}
    for page in PAGES.values():
        for name, section in re.findall(r"\*(exeseal[\w-]*)\*\((\d)\)", page.text):
            assert f"{name}.{section}" in known, f"{page.file}.scd: there is no {name}({section})"


def man_finds_each_name_once_installed():
    need("man")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            ["meson", "install", "-C", BUILD, "--no-rebuild", "--tags", "man", "--destdir", directory],
            stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        manual = directory + MANDIR
        installed = sorted(name for _, _, names in os.walk(manual) for name in names)
        wanted = sorted(f"{name}.{page.section}" for page in PAGES.values() for name in page.names())
        assert installed == wanted, f"installed {installed}, not the names in the sections NAME: {wanted}"
        for page in PAGES.values():
            for name in page.names():
                done = subprocess.run(
                    ["man", "-M", manual, "--where", page.section, name], capture_output=True, text=True, check=False
                )
                assert done.stdout.strip().endswith(f"/{page.file}"), f"man {page.section} {name}: {done.stdout}{done.stderr}"


if shutil.which("scdoc") is None:
    print("1..0 # SKIP no scdoc")
else:
    report([
        scdoc_builds_each_page_without_a_warning, mandoc_finds_no_fault, man_renders_each_page_without_a_warning,
        sources_have_at_most_80_columns, titles_are_the_names_of_the_files, sections_are_in_their_order,
        references_lead_to_pages_that_exist, man_finds_each_name_once_installed,
    ])  # fmt: skip
