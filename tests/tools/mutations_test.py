#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of scripts/mutate is consistent, ten of its faults are killed, and what is no fault is
not. Prints TAP.

mutations_test.py PROJECT BUILD
"""
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tap import Skip, report

sys.dont_write_bytecode = True  # of scripts/mutate
PROJECT, BUILD = sys.argv[1:]
SCRIPT = os.path.join(PROJECT, 'scripts', 'mutate')

# Faults that a test of a unit, of the C interface, and with failing system calls finds.
CORE = ('empty-stream-accepted', 'memfd-the-result-is-the-writable-descriptor', 'copy-a-refused-sendfile-is-an-error')
GO = ('go-emfile-hidden',)


def mutate(*arguments):
    """Returns the exit status, and the lines without those of the faults that were killed."""
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if not line.startswith('killed ')]
    return done.returncode, '\n'.join(lines) + done.stderr


def the_table_is_consistent():
    status, output = mutate('--check')
    assert status == 0, output


def ten_faults_are_killed():
    status, output = mutate('--quick', BUILD)
    if status == 0 and '0 skipped' not in output:
        raise Skip(output.replace('\n', '; '))
    assert status == 0 and output.startswith('10 killed'), output


def results(names, change):
    """The results if each of the faults is replaced by a change of the rule and the text."""
    loader = importlib.machinery.SourceFileLoader('mutate', SCRIPT)
    script = importlib.util.module_from_spec(importlib.util.spec_from_loader('mutate', loader))
    loader.exec_module(script)
    script.mutated = lambda rule: change(rule, (script.ROOT / rule['file']).read_text())
    mutator, seen = script.Mutator(Path(BUILD)), {}
    for rule in script.read_table():
        if rule['name'] in names:
            try:
                seen[rule['name']] = mutator.try_fault(rule)
            except script.Unusable as error:
                seen[rule['name']] = str(error)
    return seen


def assert_judged(names):
    seen = results(names, lambda _, text: text + '// no fault\n')
    assert seen == dict.fromkeys(names, 'survived'), seen
    seen = results(names, lambda rule, text: text.replace(rule['old'], '?'))
    assert set(seen) == set(names) and all('does not compile' in result for result in seen.values()), seen


def a_comment_survives_and_what_does_not_compile_is_an_error():
    assert_judged(CORE)


def the_same_holds_for_go():
    if not shutil.which('go'):
        raise Skip('go is not installed')
    assert_judged(GO)


report([the_table_is_consistent, ten_faults_are_killed, a_comment_survives_and_what_does_not_compile_is_an_error,
        the_same_holds_for_go])
