# SPDX-License-Identifier: MIT
"""The peers: where each comes from, what makes it inspect itself, and how to tell that it works.

Packages of Debian are expected to be installed. Everything else is fetched and built at test
time, in the build directory, by the ordinary client of its registry. The folders here fix the
versions and, except for Debian's, the checksums."""

import atexit
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from debian import Unavailable, unpack
from observe import Missing, answer, observe, run

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"


class Broken(Exception):
    """A fault of ours."""


class Peer:
    def __init__(self, title, family, program, arguments=(), says="", **special):
        self.title, self.family, self.program, self.says = title, family, program, says
        self.arguments_for = arguments if callable(arguments) else lambda user: arguments
        self.environment = special.get("environment", {})
        self.observe = special.get("observe", observe)
        self.until = special.get("until")  # calls from here on are its ordinary work
        self.cloning = special.get("cloning")  # if its ordinary work has some of these signs
        # in the table
        self.words = special.get("words", {"ok": "kept", "again": "copied", "fails": "fails"})
        self.copy = None

    def on_tmpfs(self):
        if self.copy is None:
            directory = public_directory("/dev/shm")
            if not is_tmpfs(directory):
                raise Missing("/dev/shm is no tmpfs here")
            self.copy = shutil.copy(self.program, directory)
        return self.copy


def is_tmpfs(directory):
    return finish("stat", "--file-system", "--format=%T", directory).stdout.strip() == "tmpfs"


def public_directory(parent="/var/tmp"):
    """Every user can make these. tmpfs is left out if possible: for a peer that reads the seals,
    memfd and tmpfs look alike."""
    try:
        directory = tempfile.mkdtemp(prefix="exeseal-peers-", dir=parent)
    except OSError as error:
        raise Missing(str(error)) from error
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.chmod(directory, 0o755)
    return directory


def published(program):
    return shutil.copy(program, public_directory())


def finish(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", **options)  # fmt: skip


def reason_in(done):
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return next((line for line in lines if re.search(r"error|cannot|^E:", line)), lines[-1])[:160]


def attempt(what, *command, **options):
    """Returns its output, or what is missing."""
    try:
        done = finish(*command, **options)
    except OSError as error:
        raise Missing(f"{what}: {error}") from error
    if done.returncode != 0:
        raise Missing(f"{what}: {reason_in(done)}")
    return done.stdout


def insist(*command, **options):
    """For a peer that works once everything is present."""
    done = finish(*command, **options)
    if done.returncode != 0:
        raise Broken(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")


def installed(name):
    program = shutil.which(name, path=PATH)
    if program is None:
        raise Missing(f"no {name} here")
    return program


def version_of(program, pattern, **options):
    return re.search(pattern, attempt(program, program, "--version", **options))[1]


# runc


def runc_before_1_2(program, version):
    """It inspects itself in `runc init`, which expects the number of a pipe. The inspection
    happens before it finds that the pipe is missing."""
    return Peer(f"runc {version}", "runc-1.1", program, ["init"], r"(?s)FATAL.*past initial setup|nsexec",
                environment={"_LIBCONTAINER_INITPIPE": "200"})  # fmt: skip


class Containers:
    """`runc run` for each user: a bundle, a state directory, and a first try that tells whether
    it works here at all."""

    def __init__(self, program):
        self.program, self.commands = program, {}

    def arguments_for(self, user):
        if user not in self.commands:
            self.commands[user] = self.prepare(user)
        if isinstance(self.commands[user], Missing):
            raise self.commands[user]
        return self.commands[user]

    def prepare(self, user):
        directory = public_directory()
        try:
            attempt("a container", "bash", "-ec", '. "$1"; make_bundle "$2" "echo worked"', "bash",
                    os.path.join(PROJECT, "tests", "containers", "bundle.sh"), directory + "/bundle")  # fmt: skip
        except Missing as reason:
            return reason
        os.mkdir(directory + "/state")
        if user != 0:
            map_user(directory + "/bundle/config.json", user)
            shutil.chown(directory + "/state", user, user)
        arguments = ["--root", directory + "/state", "run", "--bundle", directory + "/bundle", "exeseal-peers"]
        done = run([self.program, *arguments], user, {})
        return arguments if done.returncode == 0 else Missing("`runc run` does not work here: " + done.stdout.strip())


def map_user(path, user):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["linux"]["namespaces"].append({"type": "user"})
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = [{"containerID": 0, "hostID": user, "size": 1}]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)


def runc_since_1_2(program, version):
    """It inspects itself when it starts `runc init`, which requires a container."""
    return Peer(f"runc {version}", "runc-1.2", program, Containers(program).arguments_for, "worked",
                until=r'execve(at)?\(.*\["[^"]*", "init"\]',
                cloning=re.compile(r'memfd_create\(|fsopen\("overlay"|openat\(.*O_TMPFILE|execve(at)?\('))  # fmt: skip


def runc_of_the_system(_):
    program = installed("runc")
    version = version_of(program, r"version (\S+)")
    before = tuple(map(int, re.match(r"(\d+)\.(\d+)", version).groups())) < (1, 2)
    return (runc_before_1_2 if before else runc_since_1_2)(program, version)


def toolchain_for(module):
    """GOTOOLCHAIN for the Go that a module file requires. An older Go does not switch by itself
    if the file is named by -modfile."""
    with open(os.path.join(HERE, "runc", module), encoding="utf-8") as file:
        wanted = re.search(r"^go (\S+)", file.read(), re.MULTILINE)[1]
    use_go = f'. "{PROJECT}/scripts/go.sh"; use_go; go env GOVERSION'
    done = subprocess.run(["bash", "-c", use_go], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    numbers = [tuple(map(int, re.findall(r"\d+", version))) for version in (done.stdout, wanted)]
    return "auto" if numbers[0] >= numbers[1] else f"go{wanted}+auto"


def go_build(build, module, package):
    """Fetches first, so that a failed fetch counts as missing and a failed build as broken."""
    use_go = f'. "{PROJECT}/scripts/go.sh"; use_go || {{ echo "no Go 1.21 or newer" >&2; exit 1; }}; exec go "$@"'
    go = ["bash", "-ec", use_go, "bash"]
    options = {"cwd": os.path.join(HERE, "runc"),
               "env": dict(os.environ, GOTOOLCHAIN=toolchain_for(module), GOFLAGS=f"{os.environ.get('GOFLAGS', '')} -buildvcs=false -modfile={module}")}  # fmt: skip
    program = os.path.join(build, os.path.basename(package) + "-" + module.partition(".")[0])
    attempt("go", *go, "list", "-deps", package, **options)
    if package.startswith("."):
        insist(*go, "vet", package, **options)
    insist(*go, "build", "-o", program, package, **options)
    return published(program)


def runc_from_module(module):
    def get(build):
        program = go_build(build, module, "github.com/opencontainers/runc")
        return runc_since_1_2(program, version_of(program, r"version (\S+)"))

    return get


def iscloned_from_module(module):
    def get(build):
        with open(os.path.join(HERE, "runc", module), encoding="utf-8") as file:
            version = re.search(r"opencontainers/runc v(\S+)", file.read())[1]
        program = go_build(build, module, "./iscloned")
        return Peer(f"IsCloned {version}", "runc-1.2", program, observe=answer,
                    words={"ok": "true", "again": "false", "fails": "fails"})  # fmt: skip

    return get


# crun and LXC: they inspect themselves at every start.


def crun(_):
    program = installed("crun")
    return Peer("crun " + version_of(program, r"version (\S+)"), "crun", program, ["--version"], "crun version")


def unpacked_lxc(build):
    """Not installed, since Debian's package brings a bridge and its services along."""
    directory = os.path.join(build, "lxc")
    try:
        unpack(directory, "usr/bin/lxc-attach", "lxc", "liblxc1")
    except Unavailable as reason:
        raise Missing(str(reason)) from reason
    return directory


def lxc(build):
    program, environment = shutil.which("lxc-attach", path=PATH), {}
    if program is None:
        root = shutil.copytree(unpacked_lxc(build), os.path.join(public_directory(), "lxc"), symlinks=True)
        program = os.path.join(root, "usr/bin/lxc-attach")
        environment = {"LD_LIBRARY_PATH": ":".join(glob.glob(root + "/usr/lib/*-linux-*"))}
    version = version_of(program, r"(\S+)", env=dict(os.environ, **environment))
    return Peer("LXC " + version, "lxc-5" if int(version.partition(".")[0]) < 6 else "lxc-6", program, ["--version"], r"^\d+\.\d+", environment=environment)


# youki's crate


def pentacle(version):
    def get(build):
        target, here = os.path.join(build, "pentacle-" + version), os.path.join(HERE, "pentacle", version)
        attempt("rustc", "rustc", "--version")
        attempt("cargo", "cargo", "fetch", "--quiet", "--locked", cwd=here)
        insist("cargo", "build", "--quiet", "--locked", "--offline", "--target-dir", target, cwd=here)
        family = "pentacle-" + version.rpartition(".")[0]
        return Peer(f"pentacle {version}", family, published(target + "/debug/peer"), [], r"^sealed\n")

    return get


# exeseal itself


def exeseal(program):
    return lambda build: Peer("exeseal", "exeseal", published(program), [], r"^it runs\n")


# In the order of the columns. The names are printed for peers that cannot be fetched.
PEERS = {
    "runc": runc_of_the_system,
    "runc since 1.2": runc_from_module("go.mod"),
    "newest runc": runc_from_module("newest.mod"),
    "IsCloned since runc 1.2": iscloned_from_module("go.mod"),
    "IsCloned of the newest runc": iscloned_from_module("newest.mod"),
    "crun": crun,
    "LXC": lxc,
    "pentacle 1.0": pentacle("1.0.0"),
    "pentacle 1.1": pentacle("1.1.0"),
}
