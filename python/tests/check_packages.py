# SPDX-License-Identifier: MIT
"""Builds the wheel and the source distribution, and installs each in a fresh virtual environment.

    check_packages.py PROJECT

Exits with 77 if pip cannot get what pyproject.toml requires, or if PROJECT is not a git checkout,
of which meson makes the source distribution. It contains what is committed.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile

PROJECT = os.path.abspath(sys.argv[1])
QUIET = ("--quiet", "--disable-pip-version-check")

PROGRAM = """
import exeseal, sys
with exeseal.clone(sys.argv[1]) as sealed:
    print(sealed.report)
    assert sealed.report.strategy is exeseal.Strategy.MEMFD
    done = sealed.run(["busybox", "echo", "sealed"], capture_output=True, text=True)
    assert done.stdout == "sealed\\n", done
for path, advice in ("/no/such/program", "No such file"), ("/etc", "Pass the program in it"):
    try:
        exeseal.clone(path).close()
        sys.exit(path + " was cloned")
    except OSError as error:
        assert path in str(error) and advice in str(error), error
print(exeseal.__file__)
"""


def skip(reason):
    print("skip packages:", reason)
    sys.exit(77)


def run(*command):
    """Returns standard output; without colours, and outside of the project."""
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def environment(name):
    path = os.path.join(folder, name)
    venv.create(path, with_pip=True, symlinks=True)
    return os.path.join(path, "bin", "python")


def check_installation(name, package):
    python = environment(name)
    run(python, "-m", "pip", "install", *QUIET, package)
    output = run(python, "-I", "-W", "error", "-c", PROGRAM, shutil.which("busybox"))
    assert os.path.join(folder, name) in output, output
    print(output, end="", flush=True)


def main():
    if shutil.which("busybox") is None:
        skip("no busybox")
    checkout = subprocess.run(
        ["git", "-C", PROJECT, "rev-parse", "HEAD"], text=True, capture_output=True, check=False
    )
    if checkout.returncode != 0:
        skip("the source distribution requires a git checkout: " + checkout.stderr.strip())
    with open(os.path.join(PROJECT, "pyproject.toml"), "rb") as file:
        requires = tomllib.load(file)["build-system"]["requires"]
    if importlib.util.find_spec("ensurepip") is None:
        skip("no ensurepip (python3-venv)")
    tools = environment("tools")
    command = [tools, "-m", "pip", "install", *QUIET, "--retries=0", "--timeout=20", *requires]
    done = subprocess.run(command, text=True, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        skip("pip cannot get " + ", ".join(requires) + ": " + done.stderr.strip().split("\n")[-1])

    run(tools, "-m", "pip", "wheel", *QUIET, "--no-deps", "--wheel-dir", "wheels", PROJECT)
    wheel = os.path.join(folder, "wheels", os.listdir(os.path.join(folder, "wheels"))[0])
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"exeseal"}, names
    check_installation("wheel", wheel)

    build = "import mesonpy, os, sys; os.chdir(sys.argv[1]); print(mesonpy.build_sdist(sys.argv[2]))"
    os.environ["PATH"] = os.path.dirname(tools) + ":" + os.environ["PATH"]
    source = run(tools, "-c", build, PROJECT, folder).splitlines()[-1]
    check_installation("source", os.path.join(folder, source))


with tempfile.TemporaryDirectory() as folder:
    main()
