#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks both modules as a user gets them: released, from a proxy, without `replace`. Prints TAP.

modules_test.py SOURCE

Go itself makes the modules' zip files, from a repository of the files of SOURCE with the tags of a
release. Its module cache is then the proxy of programs that require the modules.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, report

SOURCE = os.path.realpath(sys.argv[1])
ROOT = "github.com/exeseal/exeseal"
GORUNC = ROOT + "/go/gorunc"
SEAL = """package main

import (
	"context"
	"fmt"

	"github.com/exeseal/exeseal/go/exeseal"
)

func main() {
	f, err := exeseal.ClonePath("/bin/echo")
	if err != nil {
		panic(err)
	}
	output, err := exeseal.Command(context.Background(), f, "sealed").Output()
	fmt.Print(string(output), err)
}
"""
START = """package main

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/containerd/go-runc"
	"github.com/exeseal/exeseal/go/exeseal"
	"github.com/exeseal/exeseal/go/gorunc"
)

func main() {
	f, err := exeseal.ClonePath("/bin/echo")
	if err != nil {
		panic(err)
	}
	runc.Monitor = gorunc.Monitor(runc.Monitor, "no-such-program", gorunc.Shared(f))
	var output strings.Builder
	cmd := exec.Command("no-such-program", "sealed")
	cmd.Stdout = &output
	exits, err := runc.Monitor.Start(cmd)
	if err != nil {
		panic(err)
	}
	_, err = runc.Monitor.Wait(cmd, exits)
	fmt.Print(output.String(), err)
}
"""


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(*command, directory, **environment):
    done = subprocess.run(command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class Release:
    """A proxy with both modules, and a directory for a program."""

    def __init__(self, work):
        self.work = work
        self.version = "v" + re.search(r"^  version: '([^']+)'", text_of(f"{SOURCE}/meson.build"), re.MULTILINE).group(1)
        self.go = {"GOWORK": "off", "GOENV": "off", "GOTOOLCHAIN": "local", "GOPRIVATE": "", "GONOPROXY": "", "GONOSUMDB": ROOT,
                   "GOFLAGS": "-modcacherw -buildvcs=false"}  # fmt: skip
        own, there = run("go", "env", "GOMODCACHE", "GOPROXY", directory=SOURCE).split()
        self.user = {**self.go, "GOMODCACHE": f"{work}/user",
                     "GOPROXY": f"file://{work}/made/cache/download,file://{own}/cache/download,{there}"}  # fmt: skip

    def make(self):
        """Tags a repository of SOURCE's files, and lets Go make the modules of it."""
        repository = f"{self.work}/repository"
        git = {"GIT_DIR": repository, "GIT_WORK_TREE": SOURCE, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
               **{f"GIT_{role}_{what}": "test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}}  # fmt: skip
        tags = self.version, f"go/gorunc/{self.version}"
        for command in ["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "release"], *(["tag", tag] for tag in tags):
            run("git", *command, directory=SOURCE, **git)
        from_there = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf", "GIT_CONFIG_VALUE_0": f"https://{ROOT}"}
        run("go", "mod", "download", f"{ROOT}@{self.version}", f"{GORUNC}@{self.version}", directory=self.work,
            **self.go, **from_there, GOMODCACHE=f"{self.work}/made", GOPROXY="direct")  # fmt: skip

    def program(self, name, text, sums, package):
        """Makes a module that requires the package, and returns its directory."""
        directory = f"{self.work}/{name}"
        os.mkdir(directory)
        for file, content in ("main.go", text), ("go.mod", f"module example.org/{name}\n\ngo 1.21\n"), ("go.sum", text_of(f"{SOURCE}/{sums}")):
            with open(f"{directory}/{file}", "w", encoding="utf-8") as made:
                made.write(content)
        run("go", "get", f"{package}@{self.version}", directory=directory, **self.user)
        run("go", "mod", "tidy", directory=directory, **self.user)
        return directory

    def runs(self, directory, *flags, **environment):
        run("go", "build", *flags, "-o", "program", ".", directory=directory, **self.user, **environment)
        output = run("./program", directory=directory)
        assert output == "sealed\n<nil>", (flags, environment, output)

    def need(self, gomod):
        """Skips unless the other modules that gomod names are available."""
        others = re.findall(r"^(?:require)?\s+(\S+) (v\S+)", text_of(f"{SOURCE}/{gomod}"), re.MULTILINE)
        for path, version in others:
            if path != ROOT:
                try:
                    run("go", "mod", "download", f"{path}@{version}", directory=self.work, **self.user)
                except AssertionError as failure:
                    raise Skip(f"{path} is not available: {' '.join(str(failure).split())}") from failure


def every_go_mod_requires_the_version_of_meson_build(release):
    required = {path: set(re.findall(rf"^\t(?:{ROOT}|{GORUNC}) (v\S+)$", text_of(path), re.MULTILINE))
                for folder in ("go", "tests") for path in glob.glob(f"{SOURCE}/{folder}/**/*.mod", recursive=True)}  # fmt: skip
    assert required[f"{SOURCE}/go/gorunc/go.mod"] == {release.version}, required
    assert all(versions <= {release.version} for versions in required.values()), required


def Go_makes_both_modules(release):
    release.make()
    for name in ROOT, GORUNC:
        licence = f"{release.work}/made/{name}@{release.version}/LICENSE"
        assert text_of(licence) == text_of(f"{SOURCE}/LICENSE"), licence
    assert not os.path.exists(f"{release.work}/made/{ROOT}@{release.version}/go/gorunc"), "the root module contains go/gorunc"


def a_program_that_seals_gets_sys_alone(release):
    release.need("go.mod")
    directory = release.program("seals", SEAL, "go.sum", ROOT)
    modules = run("go", "list", "-m", "-f", "{{.Path}}", "all", directory=directory, **release.user).split()
    assert modules == ["example.org/seals", ROOT, "golang.org/x/sys"], modules
    release.runs(directory, CGO_ENABLED="1")
    release.runs(directory, CGO_ENABLED="0")


def a_program_with_go_runc_keeps_1_1_0(release):
    release.need("go/gorunc/go.mod")
    directory = release.program("starts", START, "go/gorunc/go.sum", GORUNC)
    chosen = run("go", "list", "-m", "github.com/containerd/go-runc", directory=directory, **release.user)
    assert chosen == "github.com/containerd/go-runc v1.1.0\n", chosen
    release.runs(directory, CGO_ENABLED="1")
    release.runs(directory, CGO_ENABLED="0")


def a_program_with_go_runc_builds_vendored(release):
    directory = f"{release.work}/starts"
    if not os.path.exists(directory):
        raise Skip("the program with go-runc was not made")
    run("go", "mod", "vendor", directory=directory, **release.user)
    assert os.path.exists(f"{directory}/vendor/{ROOT}/lib/include/exeseal.h"), "vendor has no header"
    release.runs(directory, "-mod=vendor", CGO_ENABLED="0")


for program in "go", "git":
    if not shutil.which(program):
        print(f"1..0 # SKIP no {program}")
        sys.exit(0)
with tempfile.TemporaryDirectory() as temporary:
    checks = [
        every_go_mod_requires_the_version_of_meson_build,
        Go_makes_both_modules,
        a_program_that_seals_gets_sys_alone,
        a_program_with_go_runc_keeps_1_1_0,
        a_program_with_go_runc_builds_vendored,
    ]
    report(checks, Release(temporary))
