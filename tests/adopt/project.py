# SPDX-License-Identifier: MIT
"""Fetches, copies, measures and compares one project."""
import json
import os
import re
import shutil
import statistics
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(CHECKOUT, "build-adopt")

ENVIRONMENT = dict(os.environ, GOFLAGS="-buildvcs=false -p=1", GOWORK="off", GIT_CONFIG_GLOBAL="/dev/null")


class Skip(Exception):
    """Its text says what is not available."""


def output(*command, cwd=None, env=None, check=True, timeout=None):
    """The standard output of a command at low priority. A failed command prints its output."""
    result = subprocess.run(("nice", *command), cwd=cwd, env=dict(ENVIRONMENT, **(env or {})), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="replace", timeout=timeout)
    if check and result.returncode:
        raise RuntimeError(f"{' '.join(command)} in {cwd}: status {result.returncode}\n{result.stdout[-4000:]}{result.stderr[-4000:]}")
    return result.stdout


def require(*tools):
    """Skips the project if a tool is not installed."""
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")


def go_module(path, version):
    """The folder of a module in Go's cache."""
    require("go")
    answer = json.loads(output("go", "mod", "download", "-json", f"{path}@{version}", cwd=HERE, check=False) or "{}")
    if "Dir" not in answer:
        raise Skip(f"the module proxy does not have {path}@{version}: {answer.get('Error', 'no answer')}".replace("\n", " "))
    return answer["Dir"]


def debian_source(package, version, build):
    """Unpacks a source package of Debian with the machine's own sources, without changing apt."""
    require("apt-get", "dpkg-source")
    folder = os.path.join(build, "debian")
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, name))
    sources = "/etc/apt/sources.list.d/debian.sources"
    if not os.path.exists(sources):
        raise Skip(f"{sources} does not exist")
    with open(sources) as text, open(os.path.join(folder, "source.sources"), "w") as copy:
        copy.write(re.sub(r"^Types: deb$", "Types: deb-src", text.read(), flags=re.M))
    apt = ("apt-get", "-q", "-o", f"Dir::Etc::sourcelist={folder}/source.sources", "-o", "Dir::Etc::sourceparts=/dev/null",
           "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=root")
    try:
        output(*apt, "update", cwd=folder)
        output(*apt, "--only-source", "--download-only", "source", f"{package}={version}", cwd=folder)
        description = next(name for name in os.listdir(folder) if name.endswith(".dsc"))
        output("dpkg-source", "-x", description, "source", cwd=folder)
    except (RuntimeError, StopIteration) as error:
        lines = [line for line in str(error).splitlines() if line.startswith("E:")]
        raise Skip(f"Debian's archive does not have {package} {version}: {lines[0] if lines else error}") from None
    return os.path.join(folder, "source")


def copies(source, build):
    """Two writable copies of the sources: before and after the change. Each is a Git repository."""
    trees = []
    for name in ("before", "after"):
        tree = os.path.join(build, name)
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(source, tree, symlinks=True)
        output("chmod", "-R", "u+w", tree)
        output("git", "init", "-q", cwd=tree)
        output("git", "add", "-A", "-f", cwd=tree)
        output("git", "-c", "user.name=adopt", "-c", "user.email=adopt@localhost", "commit", "-q", "-m", "source", cwd=tree)
        trees.append(tree)
    return trees


def lines_of_change(tree):
    """(removed, added), without go.sum."""
    output("git", "add", "-A", cwd=tree)
    rows = [line.split("\t") for line in output("git", "diff", "--cached", "--no-renames", "--numstat", cwd=tree).splitlines()]
    rows = [row for row in rows if not row[2].endswith("go.sum")]
    return sum(int(row[1]) for row in rows), sum(int(row[0]) for row in rows)


def use_checkout(tree):
    """Lets a Go module require exeseal, from this checkout. Returns the environment to build it."""
    output("go", "mod", "edit", "-require=github.com/exeseal/exeseal@v0.1.0", cwd=tree)
    version = re.search(r"^go (\S+)", read(tree, "go.mod"), re.M).group(1)
    if [int(part) for part in version.split(".")[:2]] < [1, 21]:
        output("go", "mod", "edit", "-go=1.21", cwd=tree)
    work = os.path.join(os.path.dirname(tree), "go.work")
    with open(work, "w") as text:
        text.write(f"go {output('go', 'env', 'GOVERSION').strip()[2:]}\n\nuse ./{os.path.basename(tree)}\n\n"
                   f"replace github.com/exeseal/exeseal v0.1.0 => {CHECKOUT}\n")
    return {"GOWORK": work}


# Changes

def read(tree, path):
    with open(os.path.join(tree, path)) as text:
        return text.read()


def write(tree, path, text):
    with open(os.path.join(tree, path), "w") as file:
        file.write(text)


def substitute(tree, path, pattern, replacement):
    """Replaces the only match of a pattern. The replacement is used as it is."""
    text, count = re.subn(pattern, lambda _: replacement, read(tree, path), flags=re.M | re.S)
    if count != 1:
        raise RuntimeError(f"{path}: {count} matches of {pattern!r}, not 1")
    write(tree, path, text)


def delete_function(tree, path, start):
    """Deletes a function at the left margin, and the comment directly above it."""
    substitute(tree, path, r"(?:^//[^\n]*\n)*^" + start + r".*?^}\n\n?", "")


def delete(tree, path):
    full = os.path.join(tree, path)
    shutil.rmtree(full) if os.path.isdir(full) else os.remove(full)


# Results

def go_tests(tree, packages, env=None, timeout=900):
    """{package and test: pass, fail or skip}. A package that does not compile fails."""
    results = {}
    for line in output("go", "test", "-count=1", "-json", *packages, cwd=tree, env=env, check=False, timeout=timeout).splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("Action") in ("pass", "fail", "skip") and "Package" in event:
            results[f"{event['Package']} {event.get('Test', '')}".strip()] = event["Action"]
    return results


def tap(log, prefix):
    """{prefix and test: pass, fail or skip} of TAP. If the log has fewer tests than
    its plan, one more has failed."""
    lines = re.findall(r"^(not ok|ok) \d+ -? *(\S.*?)( *# ?SKIP.*)?$", log, re.M | re.I)
    results = {prefix + test: "skip" if is_skipped else "pass" if verdict == "ok" else "fail" for verdict, test, is_skipped in lines}
    plan = re.search(r"^1\.\.(\d+)", log, re.M)
    if not plan or int(plan[1]) > len(lines):
        results[prefix + "all tests run"] = "fail"
    return results


def containers(runtime, *changed):
    """The results of the driver `containers`, which runs real containers; see there."""
    log = output("/bin/bash", os.path.join(HERE, "containers"), runtime, *changed, check=False, timeout=300)
    with open(os.path.join(os.path.dirname(os.path.dirname(runtime)), "containers.log"), "a") as file:
        file.write(log)
    return tap(log, "container: ")


def installed(module):
    """The paths of the stripped programs before and after the change."""
    return [os.path.join(BUILD, module.NAME, "installed", tree, module.NAME) for tree in ("before", "after")]


def milliseconds(command):
    start = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)}: wait status {status}")
    return (time.perf_counter() - start) * 1000


def durations(before, after, count=100):
    """Median milliseconds of two commands that run in turn, and the median ratio of the pairs.

    They run at the highest priority, so that other processes matter less.
    """
    pairs, priority = [], os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    for number in range(count):
        if number % 2:
            pairs.append((milliseconds(before), milliseconds(after)))
        else:
            pairs.append((milliseconds(after), milliseconds(before))[::-1])
    os.setpriority(os.PRIO_PROCESS, 0, priority)
    ratio = statistics.median(second / first for first, second in pairs)
    return [*(round(statistics.median(times), 2) for times in zip(*pairs)), round(ratio, 2)]


def measure(module):
    """Measures the installed programs, and the load of the machine."""
    if not all(map(os.path.exists, installed(module))):
        raise Skip("it has not been built")
    return {"load": [round(os.getloadavg()[0], 1), os.cpu_count()], "times": module.times(*installed(module))}


def verdict(old, new):
    """(unstable, before, after, worse) of two runs before the change and two after it.

    A test is unstable if the runs before differ. Otherwise the worse result after the change
    counts, and a test that is not in a run has failed there.
    """
    rank = {"pass": 0, "skip": 1, "fail": 2}
    names = sorted(old[0].keys() | old[1].keys())
    unstable = [name for name in names if old[0].get(name) != old[1].get(name)]
    before = {name: old[0][name] for name in names if name not in unstable}
    after = {name: max((run.get(name, "fail") for run in new), key=rank.get) for name in before}
    return unstable, before, after, [name for name in before if rank[after[name]] > rank[before[name]]]


def compare(module):
    """Everything that is known of a project after one comparison."""
    build = os.path.join(BUILD, module.NAME)
    os.makedirs(build, exist_ok=True)
    before, after = copies(module.fetch(build), build)
    environment = module.change(after)
    removed, added = lines_of_change(after)
    programs = module.build(before, {}), module.build(after, environment)
    for program, path in zip(programs, installed(module)):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        output("strip", "-o", path, program)
    old, new = ([module.tests(tree, env, program) for _ in range(2)] for tree, env, program in zip((before, after), ({}, environment), programs))
    unstable, first, changed, worse = verdict(old, new)
    own = module.own_checks(after, environment, programs[1])
    worse += sorted(name for name in own if own[name] == "fail")

    def counts(results):
        return [list(results.values()).count(result) for result in ("pass", "fail", "skip")]
    return {"version": module.VERSION, "removed": removed, "added": added, "before": counts(first), "after": counts(changed),
            "failing": [name for name in first if first[name] == "fail"], "unstable": unstable, "own": counts(own),
            "worse": worse, "size": [os.path.getsize(program) for program in installed(module)], **measure(module)}
