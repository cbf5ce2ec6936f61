#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cmocka's own tests and examples, each linked with libcmocka and with its ABI over GoogleTest.
Both must give the same exit code, and for each test the same verdict and failing places. Prints
TAP.

The source is that of Debian's package, fetched for this run. The headers are the installed ones.
Each .c file of tests/ and example/ must be in one of the tables below, so that no program is
forgotten."""

import argparse
import collections
import contextlib
import functools
import glob
import itertools
import os
import subprocess
import sys
import tempfile

from source_package import Unavailable, fetch
from verdicts import ELSEWHERE, CMockaReader, GoogleTestReader, Outcome, differences, run

VERSIONS = ("1.1.5", "1.1.7")
PROGRAMS = {
    **{
        name: [f"tests/{name}.c"]
        for name in """
            test_alloc test_assert_macros test_assert_macros_fail test_basics test_cmockery test_exception_handler
            test_fixtures test_float_macros test_group_fixtures test_group_setup_assert test_group_setup_fail
            test_groups test_ordering test_ordering_fail test_returns test_returns_fail test_setup_fail test_skip
            test_skip_filter test_wildcard
        """.split()
    },
    "allocate_module_test": ["example/allocate_module.c", "example/allocate_module_test.c"],
    "assert_macro_test": ["example/assert_macro.c", "example/assert_macro_test.c"],
    "assert_module_test": ["example/assert_module.c", "example/assert_module_test.c"],
    "calculator_test": ["example/calculator.c", "example/calculator_test.c"],
    "simple_test": ["example/simple_test.c"],
    "test_uptime": ["example/mock/uptime/test_uptime.c", "example/mock/uptime/proc_uptime.c"],
    "waiter_test_wrap": ["example/mock/chef_wrap/waiter_test_wrap.c", "example/mock/chef_wrap/chef.c"],
}
INCLUDED = {"example/mock/uptime/uptime.c": "test_uptime.c includes it"}
SINCE_1_1_6 = {name: [f"tests/{name}.c"] for name in ("test_double_macros", "test_string")}
EXCEPTIONS = {"tests/test_strmatch.c": "includes the library's own cmocka.c, so that neither library would be tested"}

WRAPPED = {"test_uptime": ["uptime"], "waiter_test_wrap": ["chef_cook"]}
MODULES = ("allocate_module.c", "assert_module.c", "calculator.c")  # built with UNIT_TESTING=1
CONFIG = "#define HAVE_MALLOC_H 1\n#define HAVE_UNISTD_H 1\n"

# cmocka's CTest files repeat these in each of its output formats. This library always writes
# GoogleTest's.
IN_OTHER_FORMATS = ("test_basics", "test_assert_macros_fail", "test_groups", "test_skip", "test_setup_fail")
FORMATS = ("tap", "subunit", "xml")
ABORTING = ("test_assert_macros_fail", "test_skip")

# Programs of one file that includes no other file of the folder.
CONTROLS = [
    ("a place that moved", "test_assert_macros_fail", lambda text: "\n" + text),
    ("a test that passes", "test_returns_fail", lambda text: text.replace("will_return(m", "if (0) will_return(m")),
    ("a test that is gone", "test_basics", lambda text: text.replace("cmocka_unit_test(null_test_success),", "")),
]


class Broken(Exception):
    """Programs that do not compile or link."""


def output_of(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Broken(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


class Workshop:
    """Builds and runs the programs in a directory of its own."""

    def __init__(self, source, directory, arguments):
        self.source, self.directory, self.arguments = source, directory, arguments
        self.numbers = itertools.count()
        # Programs that include the private header use only its macros. The files beside it must not
        # be found.
        os.symlink(os.path.join(source, "include", "cmocka_private.h"), os.path.join(directory, "cmocka_private.h"))
        self.write("config.h", CONFIG)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @functools.cache
    def object_of(self, path):
        target = os.path.join(self.directory, f"{next(self.numbers)}.o")
        definitions = ["-DUNIT_TESTING=1"] if os.path.basename(path) in MODULES else []
        output_of(*self.arguments.cc.split(), "-g", "-w", "-I" + self.directory, *definitions, "-c", "-o", target, path)
        return target

    def sources_of(self, name):
        return tuple(os.path.join(self.source, path) for path in PROGRAMS[name])

    def doctored(self, name, change):
        (path,) = self.sources_of(name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        changed = change(text)
        if changed == text:
            raise Broken(f"{name}: the control changes nothing")
        return (self.write(name + ".c", changed),)

    @functools.cache
    def program_of(self, name, linker, libraries, paths):
        target = os.path.join(self.directory, f"{next(self.numbers)}-{name}")
        wraps = ["-Wl,--wrap=" + symbol for symbol in WRAPPED.get(name, [])]
        output_of(*linker.split(), "-o", target, *map(self.object_of, paths), *wraps, *libraries.split())
        return target

    def with_cmocka(self, name, **environment):
        program = self.program_of(name, self.arguments.cc, self.arguments.cmocka, self.sources_of(name))
        exit_code, text = run([program], **environment)
        return Outcome(exit_code, CMockaReader(text, self.is_own).cases)

    def with_ours(self, name, paths=None, **environment):
        program = self.program_of(name, self.arguments.cxx, self.arguments.ours, paths or self.sources_of(name))
        exit_code, text = run([program], **environment)
        return Outcome(exit_code, GoogleTestReader(text, self.is_own).cases)

    def is_own(self, path):
        return path.startswith((self.source + "/", self.directory + "/"))


def lost_sources(source):
    """Differences between the tables and the folders."""
    known = {path for paths in PROGRAMS.values() for path in paths} | set(INCLUDED) | set(EXCEPTIONS)
    found = {
        os.path.relpath(path, source)
        for folder in ("tests", "example")
        for path in glob.glob(os.path.join(source, folder, "**", "*.c"), recursive=True)
    }
    return [f"{path}: {'in no table' if path in found else 'is gone'}" for path in sorted(found ^ known)]


class Tap:
    """Prints a line for each comparison, and the differences below it."""

    def __init__(self):
        self.number, self.failed = 0, 0

    @contextlib.contextmanager
    def case(self, title):
        wrong = []
        try:
            yield wrong
        except Broken as error:
            wrong += str(error).splitlines()
        self.number += 1
        self.failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {self.number} - {title}")
        self.remark(*wrong)

    def skip(self, title, reason):
        self.number += 1
        print(f"ok {self.number} - {title} # SKIP {reason}")

    def remark(self, *lines):
        for line in lines:
            print("#", line, flush=True)


def disagreements(real, ours):
    if not real.cases:
        return [f"no test ran with libcmocka: exit code {real.exit_code}"]
    # libcmocka may name a line of its own. This library then names the calling line of the program.
    nowhere = {case.name for case in real.cases if case.places == (ELSEWHERE,)}
    return differences(*(without_places(outcome, nowhere) for outcome in (real, ours)))


def without_places(outcome, names):
    cases = [case._replace(places=()) if case.name in names else case for case in outcome.cases]
    return outcome._replace(cases=cases)


def described(outcome):
    verdicts = collections.Counter(case.verdict for case in outcome.cases)
    return ", ".join([f"exit code {outcome.exit_code}", *(f"{count} {verdict}" for verdict, count in verdicts.items())])


def compare_all(workshop, tap):
    with tap.case("every source has its place") as wrong:
        wrong += lost_sources(workshop.source)

    for name in PROGRAMS:
        with tap.case(name) as wrong:
            real = workshop.with_cmocka(name)
            wrong += disagreements(real, workshop.with_ours(name))
            tap.remark(f"{name}: {described(real)}")
    for path, reason in EXCEPTIONS.items():
        tap.skip(path, reason)

    for name, form in itertools.product(IN_OTHER_FORMATS, FORMATS):
        with tap.case(f"{name} with CMOCKA_MESSAGE_OUTPUT={form}") as wrong:
            # Only the exit code is compared for cmocka's other formats.
            exit_code = workshop.with_cmocka(name, CMOCKA_MESSAGE_OUTPUT=form).exit_code
            real = workshop.with_cmocka(name)._replace(exit_code=exit_code)
            wrong += disagreements(real, workshop.with_ours(name, CMOCKA_MESSAGE_OUTPUT=form))
    for name in ABORTING:
        with tap.case(f"{name} with CMOCKA_TEST_ABORT=1") as wrong:
            real = workshop.with_cmocka(name, CMOCKA_TEST_ABORT="1")
            wrong += disagreements(real, workshop.with_ours(name, CMOCKA_TEST_ABORT="1"))

    for what, name, change in CONTROLS:
        with tap.case(f"control: {what} is found") as wrong:
            found = disagreements(workshop.with_cmocka(name), workshop.with_ours(name, workshop.doctored(name, change)))
            tap.remark(*found)
            if not found:
                wrong.append("no difference was found")


def source_version(version):
    """The version of the source package from which the installed libcmocka was built."""
    try:
        query = output_of("dpkg-query", "--show", "--showformat=${source:Version}", "libcmocka-dev")
    except (OSError, Broken):
        raise Unavailable("libcmocka is not installed from a Debian package") from None
    if not query.startswith(version + "-"):
        raise Unavailable(f"the installed libcmocka is {query}, not {version}")
    return query


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--cxx", required=True)
    parser.add_argument("--cmocka", required=True, help="what to link with for libcmocka")
    parser.add_argument("--ours", required=True, help="what to link with for its ABI over GoogleTest")
    parser.add_argument("--source", help="cmocka's source, unpacked; fetched if it is not given")
    parser.add_argument("--version", choices=VERSIONS, default=VERSIONS[0], help="of cmocka")
    arguments = parser.parse_args()
    if arguments.version != "1.1.5":
        PROGRAMS.update(SINCE_1_1_6)
    with tempfile.TemporaryDirectory() as directory:
        try:
            source = arguments.source or fetch("cmocka", source_version(arguments.version), directory)
        except Unavailable as reason:
            print(f"1..0 # SKIP no source of cmocka {arguments.version}: {reason}")
            return 0
        tap = Tap()
        with tempfile.TemporaryDirectory() as built:
            compare_all(Workshop(os.path.realpath(source), os.path.realpath(built), arguments), tap)
    print(f"1..{tap.number}")
    return 1 if tap.failed else 0


sys.exit(main())
