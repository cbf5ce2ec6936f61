#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The project's text is free of the idioms and misspellings that kept its readers out, and fits its widths.

    prose_test.py PROJECT        prints TAP
    prose_test.py --list FILE... prints the findings of these files

CONTRIBUTING.md has the rules of writing; this test holds those that a program can check.
"""
import os
import re
import shutil
import subprocess
import sys

# Each is rare in the documentation of libpathrs, liburing, libseccomp and libxkbcommon.
IDIOMS = {
    "takes, for requires": r"\b(?:takes?|took) (?:root|CAP_\w+|Linux|privileges?|none"
                           r"|nothing else than|(?:an?|the|its) (?:kernel|owner|newer|mount))\b",
    "a sentence that begins with What": r"(?:^|[.!:;] )What (?!if\b)[^.?]*\.",
    "who without a noun": r"(?:^|[.!] )(?:Who|Whoever)\b[^.?]*\.|\b(?:by|for|from|to) whom\b|\bwhoever\b|\bfor who\b",
    "comes out, for is produced": r"\b(?:comes?|came|coming) out\b",
    "a sentence that begins with Of": r"(?:^|[.!] )Of (?:an?|the|it|them|these|those|this|that|all|libc|what)\b",
    "to be had": r"\b(?:be|been|is|are|was|were) had\b",
    "asked, of files and kernels": r"\b(?:is|are|was|were|be|been|being) (?:not |also |never |then )?asked\b",
    "stands in, for is documented in": r"\bstands? (?:in|there|here|for)\b(?! (?:the way|front))",
    "as any other": r"\bas any other\b|\blike any other of\b",
    "speaks against": r"\bsp(?:eaks?|oke) against\b",
    "all the same": r"\ball the same\b",
    "is none": r"\b(?:is|are|was|were) none\b",
    "will do": r"\bwill do\b(?! (?:so|this|that|it)\b)|\bdoes it for\b",
}
COMPILED = {name: re.compile(rule) for name, rule in IDIOMS.items()}

WIDTH_OF_TEXT = 80
WIDTH_OF_COMMENTS = 100
C_LIKE = (".c", ".cc", ".h", ".hpp", ".go", ".i")
HASH = (".py", ".sh", ".build", ".txt", ".toml", ".yml")
DIRECTIVE = re.compile(r"fmt: |noqa|shellcheck |pylint: |type: ignore|go:|SPDX-")
NOT_PROSE = (".svg", ".json", ".sum", "_wrap.c", "_wrap.cc", "prose_test.py", "LICENSE")


def comments_of_c(lines):
    """Yields (line, text of the comment on it)."""
    inside = False
    for line in lines:
        text = ""
        if inside:
            end = line.find("*/")
            text, inside = (line if end < 0 else line[:end]), end < 0
            text = re.sub(r"^\s*\* ?", "", text)
        else:
            bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: '"' * len(found.group()), line)
            found = re.search(r"(?<!:)//+<?|/\*+<?", bare)
            if found:
                text = line[found.end():]
                if found.group().startswith("/*"):
                    end = text.find("*/")
                    inside = end < 0
                    text = text if inside else text[:end]
        yield line, "" if DIRECTIVE.match(text) else text.strip()


def comments_of_scripts(lines):
    """Yields (line, text of the comment or documentation string on it), but no other string."""
    quoted = is_text = False
    for line in lines:
        marks = len(re.findall(r"'''|\"\"\"", line))
        if quoted or marks:
            is_text = is_text if quoted else line.lstrip().startswith(('"""', "'''"))
            text = re.sub(r"'''|\"\"\"", "", line) if is_text else ""
            quoted ^= marks % 2 == 1
        else:
            bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: '"' * len(found.group()), line)
            found = re.search(r"(?:^|\s)#(?!!)\s?", bare)
            text = line[found.end():] if found else ""
        yield line, "" if DIRECTIVE.match(text) else text.strip()


def text_of_markdown(lines):
    """Yields (line whose width counts, text). Code, tables and lines that are a link may be wide."""
    fenced = False
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            yield "", ""
        elif fenced:
            yield "", ""
        elif line.startswith(("|", "[", "![", "<")):
            yield "", line
        else:
            yield line, line.strip()


def text_of_man(lines):
    for line in lines:
        yield line, "" if line.startswith("\t") else line


def texts_of(path):
    """What (line, text) a file has, and how wide its lines may be."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    if any("automatically generated" in line for line in lines[:5]):
        return (), 0
    if path.endswith(".md"):
        return text_of_markdown(lines), WIDTH_OF_TEXT
    if path.endswith(".scd"):
        return text_of_man(lines), WIDTH_OF_TEXT
    if path.endswith(C_LIKE):
        return comments_of_c(lines), WIDTH_OF_COMMENTS
    if path.endswith(HASH) or lines and lines[0].startswith("#!"):
        return comments_of_scripts(lines), WIDTH_OF_COMMENTS
    return (), 0


def blocks_of(texts):
    """Joins what is on adjacent lines, since a sentence may span them: (first line's number, lines)."""
    block, first = [], 0
    for number, (_, text) in enumerate(texts, 1):
        if text and not block:
            first = number
        if text:
            block.append(text)
        elif block:
            yield first, block
            block = []
    if block:
        yield first, block


def idioms_in(path):
    texts, _ = texts_of(path)
    for first, block in blocks_of(texts):
        joined = " ".join(block)
        for name, rule in COMPILED.items():
            for found in rule.finditer(joined):
                line, length = first, len(block[0])
                while length < found.start():
                    length += 1 + len(block[line - first + 1])
                    line += 1
                yield f"{path}:{line}: {name}: {found.group()[:60]}"


def wide_lines_in(path):
    texts, width = texts_of(path)
    for number, (line, text) in enumerate(texts, 1):
        if text and len(line) > width and not re.search(r"\S{60}", line):  # a link cannot be broken
            yield f"{path}:{number}: {len(line)} columns, {width} at most"


def misspellings_in(files):
    found = subprocess.run(["codespell", "--config", ".codespellrc", *files], capture_output=True, text=True, check=False)
    return (found.stdout + found.stderr).splitlines()


def files_of_project():
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(name for name in folders
                            if not name.startswith((".git", "build")) and name not in ("__pycache__", "site"))
        for name in sorted(names):
            if not name.endswith(NOT_PROSE):
                yield os.path.relpath(os.path.join(folder, name))


def report(number, name, problems):
    for problem in problems:
        print("#", problem)
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")


def main(project):
    os.chdir(project)
    files = list(files_of_project())
    prose = [path for path in files if texts_of(path)[1]]
    print("1..4")
    report(1, f"{len(prose)} files have prose to look at", [] if len(prose) > 500 else [" ".join(prose)])
    report(2, "no sentence has an idiom that readers stumble over", [f for path in prose for f in idioms_in(path)])
    report(3, "no line of text or comment is too wide", [f for path in prose for f in wide_lines_in(path)])
    if shutil.which("codespell"):
        report(4, "no word is misspelled", misspellings_in(prose))
    else:
        print("ok 4 - no word is misspelled # SKIP no codespell")


if sys.argv[1] == "--list":
    for listed in sys.argv[2:]:
        print(*idioms_in(listed), *wide_lines_in(listed), sep="\n", end="\n")
else:
    main(sys.argv[1])
