#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exeseal-syscalls(7) lists the calls of each function, and the result if one is refused.

calls_test.py PROGRAM PAGE; prints TAP. With EXESEAL_UPDATE=1 it writes the lists instead.
PROGRAM (calls.c) is traced in each scenario. For each call in the trace it then runs under a
filter that refuses the call, once with EPERM and once with ENOSYS.
"""

import functools
import os
import shutil
import sys
import textwrap

from tap import Skip, report
from traced import run, trace

PROGRAM, PAGE = sys.argv[1:3]
ERRORS = {"EPERM": 1, "ENOSYS": 38}
# Without them descriptors and memory leak, whatever the result.
NEVER_REFUSED = {"close", "munmap"}
# Refused alone, sendfile has no consequence: other calls copy instead.
ALWAYS_REQUIRED = {"close()", "sendfile()"}


class Scenario:
    """A heading of the page, and the scenarios of calls.c that it is about.

    short   the heading, in a sentence
    base    the heading whose calls are not listed again
    shows   a word that its outcome must have; otherwise this machine cannot show it
    refused the calls that are refused in the whole scenario
    """

    def __init__(self, heading, short, names, base="", shows="", refused=""):
        self.heading, self.short, self.names, self.base, self.shows = heading, short, names.split(), base, shows
        self.refused = [str(word) for name in refused.split() for word in (name, -1, 0, ERRORS["ENOSYS"])]


FILE, EXEC, SPAWN, INSPECT = "exeseal_clone() of a file", "exeseal_exec_fd()", "exeseal_spawn_fd()", "exeseal_inspect()"
SCENARIOS = [
    Scenario(FILE, FILE, "clone", shows="by memfd"),
    Scenario("Huge pages", "exeseal_clone() of 4 to 256 MiB", "clone-huge", FILE, "huge pages"),
    Scenario("exeseal_clone() of a sealed memfd", "exeseal_clone() of a sealed memfd", "clone-sealed", FILE, "by reuse"),
    Scenario("exeseal_clone() of a stream", "exeseal_clone() of a stream", "clone-stream", FILE, "by memfd"),
    Scenario("exeseal_clone_memory()", "exeseal_clone_memory()", "clone-memory", FILE, "by memfd"),
    Scenario("exeseal_clone_self()", "exeseal_clone_self()", "clone-self", FILE, "by memfd"),
    Scenario("Strategy tmpfs", "strategy tmpfs", "clone", FILE, "by tmpfs", "memfd_create"),
    Scenario("Strategy tmpfile", "strategy tmpfile", "clone", FILE, "by tmpfile", "memfd_create fsopen"),
    Scenario("Strategy overlay", "strategy overlay", "clone-view", FILE, "by overlay"),
    Scenario("Strategy bind", "strategy bind", "clone-view", FILE, "by bind", "fsopen"),
    Scenario("exeseal_probe() of strategy memfd", "exeseal_probe()", "probe", FILE, "by memfd"),
    Scenario(EXEC, EXEC, "exec", shows="executed"),
    Scenario("exeseal_exec_fd() if execveat(2) is refused", f"{EXEC} without execveat(2)", "exec", EXEC, "executed", "execveat"),
    Scenario("EXESEAL_EXEC_SCRIPT", "EXESEAL_EXEC_SCRIPT", "exec-script", EXEC, "executed"),
    Scenario("EXESEAL_EXEC_CHECK", "EXESEAL_EXEC_CHECK", "exec-check"),
    Scenario("The other options of exeseal_exec_fd()", f"{EXEC} with options", "exec-options", EXEC, "executed"),
    Scenario(SPAWN, SPAWN, "spawn", shows="executed"),
    Scenario("The options of exeseal_spawn_fd()", f"{SPAWN} with options", "spawn-options", SPAWN, "executed"),
    Scenario("exeseal_resolve()", "exeseal_resolve()", "resolve resolve-user"),
    Scenario(INSPECT, INSPECT, "inspect"),
    Scenario(f"{INSPECT} of an O_PATH descriptor", f"{INSPECT} of an O_PATH descriptor", "inspect-path", INSPECT),
    Scenario("exeseal_inspect_self()", "exeseal_inspect_self()", "inspect-self", INSPECT),
    Scenario("exeseal_reexec_self()", "exeseal_reexec_self()", "reexec", FILE, "executed"),
    Scenario("exeseal_environment()", "exeseal_environment()", "environment"),
    Scenario("All other functions", "the other functions", "silent"),
]  # fmt: skip


def usual_outcomes(scenario):
    """How the scenarios end without another filter; None where this machine cannot show it."""
    outcomes = [run(PROGRAM, name, scenario.refused) for name in scenario.names]
    is_shown = all(outcome and scenario.shows in ["", *outcome.words()] for outcome in outcomes)
    return outcomes if is_shown else None


def traced_calls(scenario):
    return [call for name in scenario.names for call in trace(PROGRAM, name, scenario.refused)]


def block(texts):
    """A literal block that is no wider than a page."""
    lines = []
    for text in texts:
        wide = text.replace("|", "| ")
        lines += [line.replace("| ", "|") for line in textwrap.wrap(wide, 68, subsequent_indent="    ")]
    return "\n".join(["```", *lines, "```"])


def list_of_calls(traces):
    """The first list of the page."""
    paragraphs = []
    for scenario in SCENARIOS:
        known = {call.text for call in traces.get(scenario.base, [])}
        texts = list(dict.fromkeys(call.text for call in traces[scenario.heading] if call.text not in known))
        paragraphs.append(f"## {scenario.heading}")
        if scenario.base:
            paragraphs.append(f"In addition to {scenario.base}:")
        paragraphs.append(block(texts) if texts else "No system call.")
    return "\n\n".join(paragraphs)


def consequence(scenario, name, usual, call):
    differences = {}
    for error, number in ERRORS.items():
        filters = [*scenario.refused, *call.filter(number)]
        differences[error] = run(PROGRAM, name, filters).difference(usual)
        if differences[error].startswith("no huge pages"):  # or memory was short for a moment
            differences[error] = run(PROGRAM, name, filters).difference(usual)
    if len(set(differences.values())) == 1:
        return differences["EPERM"]
    return "; ".join(f"{error}: {text or 'no difference'}" for error, text in differences.items())


def consequences(traces, usual):
    """{call: {heading: what happens if it is refused}}"""
    found = {}
    for scenario in SCENARIOS:
        for name, outcome in zip(scenario.names, usual[scenario.heading]):
            for call in {call.key(): call for call in traces[scenario.heading]}.values():
                if call.name not in NEVER_REFUSED:
                    row = found.setdefault(call.key(), {})
                    text = consequence(scenario, name, outcome, call)
                    row[scenario.heading] = row.get(scenario.heading) or text
    return found


def escaped(text):
    return text.replace("__", "\\_\\_")


def list_of_refusals(found):
    """The second list of the page."""
    short, base = {s.heading: s.short for s in SCENARIOS}, {s.heading: s.base for s in SCENARIOS}
    paragraphs, harmless = [], []
    for key in sorted(found, key=str.lower):
        groups = {}
        for heading, text in found[key].items():
            if text != found[key].get(base[heading], ""):
                groups.setdefault(text or "no difference", []).append(short[heading])
        lines = [f"{text[0].upper()}{text[1:]}: {', '.join(names)}." for text, names in groups.items()]
        if not lines:
            harmless.append(key.replace("()", ""))
            continue
        lead, following = ("- ", "  ") if len(lines) > 1 else ("", "")
        body = "\n".join(textwrap.fill(line, 70, initial_indent=lead, subsequent_indent=following) for line in lines)
        paragraphs.append(f"*{escaped(key)}*\n" + textwrap.indent(escaped(body), "\t"))
    text = "No difference if one of these is refused: " + ", ".join(harmless) + "."
    return "\n\n".join([*paragraphs, textwrap.fill(escaped(text), 80, break_long_words=False)])


def minimum(found):
    """The calls without which a file is not cloned by memfd, and those of the execution."""
    cloning = {key for key, row in found.items() if row.get(FILE, "").startswith(("continues", "fails", "EPERM: "))}
    executing = {key for key, row in found.items() if EXEC in row}
    return {*cloning, *executing, *ALWAYS_REQUIRED}


def between(text, name):
    """(what is before a list in the page, the list, what is behind it)"""
    before, begin, rest = text.partition(f"; {name}: written by tests/trace\n\n")
    inside, end, after = rest.partition(f"\n\n; end of {name}\n")
    assert begin and end, f"{PAGE} has no {name}"
    return before + begin, inside, end + after


def compare(name, wanted):
    with open(PAGE, encoding="utf-8") as file:
        before, listed, after = between(file.read(), name)
    if os.environ.get("EXESEAL_UPDATE"):
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(before + wanted + after)
    else:
        assert listed == wanted, f"{PAGE} lists\n{listed}\nbut it is\n{wanted}"


def skip_unless_comparable():
    if tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2]) < (6, 14):
        raise Skip("the lists are those of a kernel with AT_EXECVE_CHECK, Linux 6.14")
    if shutil.which("strace") is None:
        raise Skip("no strace")
    if os.geteuid() != 0:
        raise Skip("the lists are root's")


@functools.cache
def gather():
    skip_unless_comparable()
    usual = {scenario.heading: usual_outcomes(scenario) for scenario in SCENARIOS}
    for heading, outcomes in usual.items():
        if outcomes is None:
            raise Skip(f"cannot be shown here: {heading}")
    return {scenario.heading: traced_calls(scenario) for scenario in SCENARIOS}, usual


@functools.cache
def consequences_of_all():
    return consequences(*gather())


def each_function_makes_the_calls_that_the_page_lists():
    traces, _ = gather()
    compare("calls", list_of_calls(traces))


def a_refused_call_has_the_consequence_that_the_page_lists():
    compare("refusals", list_of_refusals(consequences_of_all()))


def the_page_lists_the_minimum():
    calls = minimum(consequences_of_all())
    others = {call.key(): call for call in gather()[0][FILE] if call.key() not in calls}
    for number in ERRORS.values():
        outcome = run(PROGRAM, "clone", [word for call in others.values() for word in call.filter(number)])
        assert (outcome.fields["result"], outcome.fields["strategy"]) == ("0", "memfd"), outcome.fields
    compare("minimum", block(sorted(calls, key=str.lower)))


report([each_function_makes_the_calls_that_the_page_lists, a_refused_call_has_the_consequence_that_the_page_lists,
        the_page_lists_the_minimum])
