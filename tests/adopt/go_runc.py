# SPDX-License-Identifier: MIT
"""go-runc gets a field CommandFile, as its pull request 113 has it, by exeseal.SetCommandFile."""
import os
import shutil

from project import HERE, durations, go_module, go_tests, output, require, substitute, use_checkout

NAME, VERSION = "go-runc", "v1.2.1"


def fetch(_):
    return go_module("github.com/containerd/go-runc", VERSION)


def change(tree):
    substitute(tree, "runc.go", r"^(?=\tspecs )", '\t"github.com/exeseal/exeseal/go/exeseal"\n')
    substitute(tree, "runc.go", r"^\tCommand +string\n", """\tCommand string
\t// CommandFile is executed instead of Command, which is then argv[0] only. The runtime inherits the
\t// descriptor; see exeseal.SetCommandFile. The caller keeps the file open.
\tCommandFile *os.File
""")
    substitute(tree, "runc.go", r"(?<=^func \(r \*Runc\) startCommand\(cmd \*exec.Cmd\) \(chan Exit, error\) {\n)", """\tif r.CommandFile != nil {
\t\tif err := exeseal.SetCommandFile(cmd, r.CommandFile); err != nil {
\t\t\treturn nil, err
\t\t}
\t}
""")
    output("gofmt", "-w", "runc.go", cwd=tree)
    environment = use_checkout(tree)
    output("go", "vet", ".", cwd=tree, env=environment)
    return environment


def build(tree, env):
    """A program that calls `runc --version` by go-runc."""
    shutil.copytree(os.path.join(HERE, "testdata", "go-runc"), os.path.join(tree, "adopt"), dirs_exist_ok=True)
    output("go", "build", "-trimpath", *(("-tags", "adopted") if env else ()), "-o", "adopt/version", "./adopt", cwd=tree, env=env)
    return os.path.join(tree, "adopt", "version")


def tests(tree, env, _):
    return go_tests(tree, ["."], env)


def own_checks(_, __, program):
    """A command that does not exist starts the file."""
    require("runc")
    return {"CommandFile executes the sealed file": "pass" if "runc" in output(program, shutil.which("runc"), "1") else "fail"}


def times(before, after):
    runtime = shutil.which("runc")
    return {"100 × `runc --version` through go-runc": durations([before, runtime, "100"], [after, runtime, "100"], 11)}
