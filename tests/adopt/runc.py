# SPDX-License-Identifier: MIT
"""runc's libcontainer/exeseal is replaced by go/exeseal, and an annotation chooses the mode."""
import os
import shutil

from project import (HERE, containers, delete, delete_function, durations, go_module, go_tests, output, require, substitute,
                     use_checkout)

NAME, VERSION = "runc", "v1.5.2"
CONTAINER = "libcontainer/container_linux.go"
IMPORT = '\t"github.com/exeseal/exeseal/go/exeseal"\n'

# The first three require systemd or the images of runc's test suite; the driver `containers` runs
# containers instead. The package that the change deletes has no tests.
NOT_TESTED = ("/libcontainer/integration", "/tests/", "/contrib/", "/libcontainer/exeseal")


def fetch(_):
    require("busybox", "jq", "setpriv", "unshare", "gcc")
    return go_module("github.com/opencontainers/runc", VERSION)


def change(tree):
    delete(tree, "libcontainer/exeseal")
    for name in ("ExecutableMemfd", "Copy"):  # only libcontainer/exeseal calls them
        delete_function(tree, "libcontainer/system/linux.go", rf"func {name}\(")
    shutil.copy(os.path.join(HERE, "testdata", "runc", "clone_self_linux.go"), os.path.join(tree, "libcontainer"))

    substitute(tree, CONTAINER, r'^\t"github.com/opencontainers/runc/libcontainer/exeseal"\n', IMPORT)
    substitute(tree, CONTAINER, r"(?<=^\tfifo                 \*os\.File\n)", "\tcloneSelfMode exeseal.Mode\n")
    substitute(tree, CONTAINER, r"(?<=^\tBaseState\n)(?=\n\t// Platform specific)", """
\t// How the process's executable is cloned, if an annotation chose a mode.
\tCloneSelfExe exeseal.Mode `json:"clone_self_exe,omitempty"`
""")
    substitute(tree, CONTAINER, r"(?<=^\t\tExternalDescriptors: externalDescriptors,\n)", "\t\tCloneSelfExe: c.cloneSelfMode,\n")
    substitute(tree, CONTAINER, r"^\tvar \(\n\t\texePath string\n\t\tsafeExe.*?^\tcmd := exec.Command\(exePath, ", """\
\tsafeExe, err := cloneSelf(c.cloneSelfMode, c.stateDir)
\tif err != nil {
\t\treturn nil, fmt.Errorf("unable to create safe /proc/self/exe clone for runc init: %w", err)
\t}
\tp.clonedExes = append(p.clonedExes, safeExe)

\tcmd := exec.Command("/proc/self/exe", """)
    substitute(tree, CONTAINER, r"^\t// TODO: After https://go-review.*?^\t}\n(?=\n\t// NOTE: when running)", """\
\tif err := exeseal.SetCommandFile(cmd, safeExe); err != nil {
\t\treturn nil, err
\t}
""")
    substitute(tree, "libcontainer/process.go", r"see exeseal.CloneSelfExe for", "see cloneSelf for")

    factory = "libcontainer/factory_linux.go"
    substitute(tree, factory, r"(?<=^\tif err := validate.Validate\(config\); err != nil {\n\t\treturn nil, err\n\t}\n)", """\
\tmode, err := cloneSelfMode(config)
\tif err != nil {
\t\treturn nil, err
\t}
""")
    substitute(tree, factory, r'(?<=^\t\tintelRdtManager: intelrdt.NewManager\(config, id, ""\),\n)', "\t\tcloneSelfMode: mode,\n")
    substitute(tree, factory, r"(?<=^\t\tcreated:              state.Created,\n)", "\t\tcloneSelfMode: state.CloneSelfExe,\n")

    substitute(tree, "features.go", r'(?<=^\t\t\t\t"org.criu.config",\n)', "\t\t\t\texeseal.Annotation,\n")
    substitute(tree, "features.go", r'^(?=\t"github.com/opencontainers/runc/libcontainer/capabilities")', IMPORT)
    for package in ('"fmt"', '"io"', '"github.com/sirupsen/logrus"'):
        if f"{package[1:-1].split('/')[-1]}." not in output("grep", "-v", "^//", "libcontainer/system/linux.go", cwd=tree):
            substitute(tree, "libcontainer/system/linux.go", rf"^\t{package}\n", "")
    output("gofmt", "-w", CONTAINER, factory, "features.go", "libcontainer/system/linux.go", cwd=tree)
    return use_checkout(tree)


def build(tree, env):
    output("go", "build", "-trimpath", "-o", "bin/runc", ".", cwd=tree, env=env)
    return os.path.join(tree, "bin", "runc")


def tests(tree, env, program):
    packages = [name for name in output("go", "list", "./...", cwd=tree, env=env).split() if not any(part in name for part in NOT_TESTED)]
    return {**go_tests(tree, packages, env), **containers(program)}


def own_checks(_, __, program):
    return containers(program, "runc")


def times(before, after):
    return {"`runc --version`": durations([before, "--version"], [after, "--version"]),
            "`runc run`, one container": durations(*([os.path.join(HERE, "one-container"), program] for program in (before, after)))}
