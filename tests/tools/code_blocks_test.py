#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The code blocks of README.md, docs/ and Go's comments: code_blocks_test.py PROJECT CC CXX.

Prints TAP. The blocks compile or parse. C blocks are compiled as C and C++, and those that are
marked cpp as C++20. The fragments of a page continue each other, so they are nested in one
function. Go blocks are compiled without cgo, each as a function of its own. Other languages are
parsed only: shell by bash, JSON and TOML by Python."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib

from tap import Skip, report

PROJECT, CC, CXX = sys.argv[1], *map(shlex.split, sys.argv[2:4])
PAGES = [os.path.join(PROJECT, "README.md"), *sorted(glob.glob(os.path.join(PROJECT, "docs", "**", "*.md"), recursive=True))]
INCLUDE = ["-I" + os.path.join(PROJECT, "lib", folder) for folder in ("include", "cpp", "reexec")]
# The variables that fragments use without a declaration.
AROUND = """#include <stdio.h>
void around(int source, char **argv, char **envp);
void around(int source, char **argv, char **envp) {
"""


def blocks(language):
    """[(page, [block])], without the pages that have no block."""
    found = []
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            some = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
        if some:
            found.append((os.path.relpath(page, PROJECT), some))
    return found


def expect(page, text, *command):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {shlex.join(command)}\n{done.stderr}{text}"
    return done.stdout


def is_whole_file(block):
    """A program, or declarations at file level."""
    return "int main(" in block or "EXESEAL_REEXEC_OR_RUN_UNSEALED" in block


def in_one_function(fragments, header="exeseal.h"):
    bodies = [re.sub(r"^#include .*\n", "", fragment, flags=re.MULTILINE) for fragment in fragments]
    return f"#include <{header}>\n" + AROUND + "{\n" + "{\n".join(bodies) + "}" * len(bodies) + "\n}\n"


def c_blocks_compile():
    for page, some in blocks("c"):
        whole = [block for block in some if is_whole_file(block)]
        fragments = [block for block in some if not is_whole_file(block)]
        for text in whole:
            expect(page, text, *CC, "-std=gnu11", "-fsyntax-only", "-Wall", "-Werror", *INCLUDE, "-xc", "-")
        if fragments:
            text = in_one_function(fragments)
            expect(page, text, *CC, "-std=gnu11", "-fsyntax-only", *INCLUDE, "-xc", "-")
            expect(page, text, *CXX, "-fsyntax-only", *INCLUDE, "-xc++", "-")


def cpp_blocks_compile():
    for page, some in blocks("cpp"):
        text = in_one_function(some, "exeseal.hpp")
        expect(page, text, *CXX, "-std=c++20", "-fsyntax-only", *INCLUDE, "-xc++", "-")


def go_blocks_are_as_gofmt_writes_them():
    if not shutil.which("gofmt"):
        raise Skip("no gofmt")
    for page, some in blocks("go"):
        for text in some:
            difference = expect(page, text, "gofmt", "-e", "-d")
            assert not difference, f"{page}: {difference}"


# The variables that Go fragments use without a declaration.
GO_VARIABLES = {
    "cmd": "*exec.Cmd", "ctx": "context.Context", "err": "error", "f": "*os.File", "reaper": "runc.ProcessMonitor", "runtime": "io.Reader",
    "sealed": "*os.File", "started": "chan error", "stateDir": "*os.File", "stateDirectory": "*os.File",
}
GO_PACKAGES = {
    "context": "context", "exec": "os/exec", "io": "io", "os": "os", "runtime": "runtime", "unix": "golang.org/x/sys/unix",
    "runc": "github.com/containerd/go-runc", **{name: f"github.com/exeseal/exeseal/go/{name}" for name in ("exeseal", "resolve", "gorunc")},
}
# A field of go-runc's pull request 113, which no release has.
NOT_RELEASED = "CommandFile:"


def go_comments():
    """[(file, line, code)] of the indented code in comments; programs show their usage there."""
    found = []
    for name in sorted(glob.glob(os.path.join(PROJECT, "go", "**", "*.go"), recursive=True)):
        path = os.path.relpath(name, PROJECT)
        with open(name, encoding="utf-8") as file:
            text = file.read()
        if path.endswith("_test.go") or re.search(r"^package main$", text, re.MULTILINE):
            continue
        for match in re.finditer(r"(^//\t.*\n)+", text, re.MULTILINE):
            found.append((path, text.count("\n", 0, match.start()) + 1, re.sub(r"^//\t", "", match[0], flags=re.MULTILINE)))
    return found


def go_pages():
    """[(page, line, block)]"""
    found = []
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            text = file.read()
        for match in re.finditer(r"^```go\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            found.append((os.path.relpath(page, PROJECT), text.count("\n", 0, match.start(1)) + 1, match[1]))
    return found


def go_file(number, page, line, block):
    """A fragment as a function of its own. Its errors name the line of the page."""
    if block.startswith("import "):
        return f"package blocks\n\n//line {page}:{line}\n{block}"
    declared = {name for names in re.findall(r"^([\w, ]+) :=", block, re.MULTILINE) for name in names.split(", ")}
    variables = [name for name in GO_VARIABLES if re.search(rf"(?<![.\w]){name}\b", block) and name not in declared]
    variables = [name for name in variables if not (name in GO_PACKAGES and f"{name}." in block)]
    parameters = ", ".join(f"{name} {GO_VARIABLES[name]}" for name in variables)
    packages = [path for name, path in GO_PACKAGES.items() if re.search(rf"(?<![.\w]){name}\.[A-Z]", block + parameters.replace("*", " "))]
    imports = "".join(f"import {'runc ' if path.endswith('go-runc') else ''}\"{path}\"\n" for path in packages)
    unused = "".join(f"_ = {name}\n" for name in sorted(declared - {"_"}))
    return f"package blocks\n\n{imports}\nfunc block{number}({parameters}) error {{\n{{\n//line {page}:{line}\n{block}\n{unused}}}\nreturn nil\n}}\n"


def go_blocks_compile():
    if not shutil.which("go"):
        raise Skip("no go")
    # This module requires everything that the blocks import.
    module = os.path.abspath(os.path.join(PROJECT, "go", "gorunc"))
    environment = {**os.environ, "CGO_ENABLED": "0"}
    missing = subprocess.run(["go", "list", "github.com/containerd/go-runc"], cwd=module, env=environment, capture_output=True, text=True, check=False)
    if missing.returncode:
        raise Skip("go-runc: " + missing.stderr.strip())
    blocks_of_go = [block for block in go_pages() + go_comments() if NOT_RELEASED not in block[2]]
    assert any(page.endswith(".go") for page, *_ in blocks_of_go), "no block in a comment: has the form of the comments changed?"
    with tempfile.TemporaryDirectory() as directory:
        replaced = {}
        for number, block in enumerate(blocks_of_go):
            path = os.path.join(directory, f"block{number}.go")
            with open(path, "w", encoding="utf-8") as file:
                file.write(go_file(number, *block))
            replaced[os.path.join(module, "blocks", f"block{number}.go")] = path
        overlay = os.path.join(directory, "overlay.json")
        with open(overlay, "w", encoding="utf-8") as file:
            json.dump({"Replace": replaced}, file)
        done = subprocess.run(["go", "build", "-gcflags=-e", "-overlay", overlay, "github.com/exeseal/exeseal/go/gorunc/blocks"], cwd=module, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def shell_blocks_parse():
    for page, some in blocks("sh"):
        for text in some:
            expect(page, text, "bash", "-n")


def json_and_toml_blocks_parse():
    for language, parse in ("json", json.loads), ("toml", tomllib.loads):
        for page, some in blocks(language):
            for text in some:
                try:
                    parse(text)
                except ValueError as error:
                    raise AssertionError(f"{page}: {error}\n{text}") from None


def every_language_has_blocks():
    for language in "c", "cpp", "go", "sh", "json", "toml":
        assert blocks(language), f"no block of {language}: has the form of the pages changed?"


report([every_language_has_blocks, c_blocks_compile, cpp_blocks_compile, go_blocks_are_as_gofmt_writes_them, go_blocks_compile, shell_blocks_parse, json_and_toml_blocks_parse])
