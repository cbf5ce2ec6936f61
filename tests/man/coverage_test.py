#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manual pages and the headers name the same things: coverage_test.py PROJECT. Prints TAP."""

import re
import sys

from header import Header, normalised
from manual import pages
from tap import report

PROJECT = sys.argv[1]
PAGES = pages(PROJECT)
HEADER = Header(PROJECT)


def step_names():
    return {name[len("EXESEAL_STEP_") :].lower().replace("_", "-") for name in HEADER.constants if "_STEP_" in name}


def page_of(function):
    return f"{function.pages[0]}.3"


def functions_of(page):
    return [HEADER.functions[name] for name in page.names() if name in HEADER.functions]


def the_headers_are_read():
    assert len(HEADER.functions) > 20 and len(HEADER.constants) > 100 and len(HEADER.structs) > 8
    assert HEADER.functions["exeseal_mode_parse"].own_errors() == {"EINVAL"}
    assert "ESTALE" in HEADER.functions["exeseal_clone_self"].errors(HEADER.functions)


def comments_of_functions_have_their_order():
    for function in HEADER.functions.values():
        labels = function.labels()
        assert labels == ["Returns", "Errors", "Since", "Safety"], f"{function.name}: {labels}"


def comments_of_functions_name_their_page():
    for function in HEADER.functions.values():
        assert function.pages, f"{function.name}: no page"
        page = PAGES.get(page_of(function))
        assert page is not None, f"{function.name}: there is no {page_of(function)}"
        assert function.name in page.names(), f"{function.name} is not in NAME of {page.file}"


def pages_declare_functions_as_the_header_does():
    for page in PAGES.values():
        synopsis = normalised(" ".join(text for _, text in page.literals("SYNOPSIS")))
        for function in functions_of(page):
            assert function.declaration in synopsis, f"{page.file}: SYNOPSIS lacks {function.declaration}"


def pages_declare_structs_as_the_header_does():
    found = set()
    for page in PAGES.values():
        for heading in page.sections:
            for _, text in page.literals(heading):
                for name, body in re.findall(r"(?ms)^struct (exeseal_\w+) (\{.*?^\};)", text):
                    assert name in HEADER.structs, f"{page.file}: there is no struct {name}"
                    declared = normalised(f"struct {name} {body}")
                    assert declared == HEADER.structs[name], f"{page.file}: {declared}\nnot {HEADER.structs[name]}"
                    found.add(name)
    missing = set(HEADER.structs) - found
    assert not missing, f"in no page: struct {', '.join(sorted(missing))}"


def constants_are_in_a_page():
    text = "\n".join(page.text for page in PAGES.values())
    missing = {name for name in HEADER.constants if re.search(rf"\b{name}\b", text) is None}
    assert not missing, f"in no page: {sorted(missing)}"


def pages_name_what_the_headers_have():
    functions = set(HEADER.functions) | set(HEADER.structs)
    for page in PAGES.values():
        for name in re.findall(r"\bexeseal_\w+", page.text):
            assert name in functions, f"{page.file}: {name}"
        for name in re.findall(r"\bEXESEAL_\w+", page.text):
            is_prefix = name.endswith("_") and any(constant.startswith(name) for constant in HEADER.constants)
            assert is_prefix or name in HEADER.constants, f"{page.file}: {name}"


def steps_have_the_names_of_the_header():
    names = step_names()
    texts = {page.file: page.text for page in PAGES.values()}
    texts.update((name, function.comment) for name, function in HEADER.functions.items())
    for where, text in texts.items():
        for step in re.findall(r"\(step\s+\*?([a-z-]+)\*?\)", text):
            assert step in names, f"{where}: step {step}"


def errors_of(page):
    lines = page.sections["ERRORS"]
    heads = [line for line, next_line in zip(lines, lines[1:]) if line.startswith("*E") and next_line.startswith("\t")]
    return {error for head in heads for error in re.findall(r"\*(E[A-Z0-9]+)\*", head.partition("(")[0])}


def errors_are_those_of_the_header():
    for page in PAGES.values():
        functions = functions_of(page)
        if not functions:
            continue
        found = errors_of(page)
        required = set().union(*(function.own_errors() for function in functions))
        allowed = set().union(*(function.errors(HEADER.functions) for function in functions))
        assert required <= found, f"{page.file}: ERRORS lacks {sorted(required - found)}"
        assert found <= allowed, f"{page.file}: the header has no {sorted(found - allowed)}"


report([
    the_headers_are_read, comments_of_functions_have_their_order, comments_of_functions_name_their_page,
    pages_declare_functions_as_the_header_does, pages_declare_structs_as_the_header_does, constants_are_in_a_page,
    pages_name_what_the_headers_have, steps_have_the_names_of_the_header, errors_are_those_of_the_header,
])  # fmt: skip
