# SPDX-License-Identifier: MIT
"""nerdbox's vminitd runs a sealed crun: the diff of docs/integrations/nerdbox.md is applied."""
import os
import re
import shutil
import subprocess

from project import CHECKOUT, ENVIRONMENT, go_module, go_tests, output, read, require

NAME, VERSION = "nerdbox", "v0.0.0-20260720181225-d50bdab9f7d8"
PACKAGES = ("./internal/vminit/...", "./internal/systools/...", "./pkg/vminit/...")

# As its Dockerfile builds it.
FLAGS = ("-ldflags", '-extldflags "-static" -s -w')
TAGS = "osusergo netgo static_build no_grpc"


def fetch(_):
    require("git", "crun", "strip")
    return go_module("github.com/containerd/nerdbox", VERSION)


def change(tree):
    page = read(CHECKOUT, "docs/integrations/nerdbox.md")
    diff = "".join(re.findall(r"^```diff\n(.*?)^```$", page, re.M | re.S))
    subprocess.run(("git", "apply", "--unidiff-zero", "-"), cwd=tree, input=diff, text=True, check=True)
    crun = os.path.realpath(shutil.which("crun"))
    for module in ("exeseal", "exeseal/go/gorunc"):
        folder = os.path.join(CHECKOUT, module.partition("/")[2])
        output("go", "mod", "edit", f"-require=github.com/exeseal/{module}@v0.1.0", f"-replace=github.com/exeseal/{module}={folder}", cwd=tree)
    with open(os.path.join(tree, ".git", "info", "exclude"), "a") as excluded:
        excluded.write("/pkg/vminit/initd/crun\n")
    shutil.copy(crun, os.path.join(tree, "pkg/vminit/initd/crun"))
    return {"GOFLAGS": ENVIRONMENT["GOFLAGS"] + " -mod=mod"}


def compiled(tree, env, name, cgo, tags=TAGS):
    output("go", "build", "-o", name, *FLAGS, "-tags", tags, "./cmd/vminitd", cwd=tree, env=dict(env, CGO_ENABLED=cgo))
    return os.path.join(tree, name)


def build(tree, env):
    """With cgo, and without; the second one is measured."""
    compiled(tree, env, "vminitd-cgo", "1")
    return compiled(tree, env, "vminitd", "0")


def tests(tree, env, _):
    return go_tests(tree, PACKAGES, dict(env, CGO_ENABLED="0"))


def own_checks(tree, env, program):
    """Without cgo, vminitd does not depend on whether cgo is on."""
    pure = compiled(tree, env, "vminitd-pure", "1", TAGS + " exeseal_purego")
    return {"with exeseal_purego, CGO_ENABLED changes nothing": "pass" if os.path.getsize(pure) == os.path.getsize(program) else "fail",
            "vminitd is static": "fail" if "INTERP" in output("readelf", "--program-headers", "--wide", program) else "pass"}


def times(_, __):
    """vminitd starts in a VM only."""
    return {}
