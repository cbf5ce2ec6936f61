#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manual pages of the commands have the synopsis and the options that the help has. Prints TAP.

command_pages_test.py EXESEAL PROJECT
"""
import os
import re
import subprocess
import sys

from tap import report

EXESEAL, PROJECT = sys.argv[1:3]
OF_EXESEAL = ['-h, --help', '-V, --version']


def help_of(*command):
    return subprocess.run([EXESEAL, 'help', *command], stdout=subprocess.PIPE, text=True, check=True).stdout


def commands():
    text = help_of()
    return re.findall(r'^  ([a-z]+)  +', text[text.index('Commands:'):], re.MULTILINE)


def section(page, heading):
    """The lines of a section, without scdoc's marks."""
    with open(os.path.join(PROJECT, 'man', f'{page}.1.scd'), encoding='utf-8') as file:
        text = file.read().split(f'\n# {heading}\n')[1].split('\n# ')[0]
    return [re.sub(r'[*_]|\+\+$', '', line) for line in text.splitlines()]


def options_of(page):
    return [line for line in section(page, 'OPTIONS') if line.startswith('-')]


def each_page_has_the_synopsis_of_the_help():
    for command in commands():
        if command == 'help':
            continue
        usage = help_of(command).split('\n\n')[0].splitlines()[1:]
        found = [line for line in section(f'exeseal-{command}', 'SYNOPSIS') if line]
        assert found == [line.strip() for line in usage], f'{command}: {found}'


def each_page_has_the_options_of_the_help():
    for command in commands():
        if command == 'help':
            continue
        shown = re.findall(r'^  (-\S.*?)(?:  +\S.*)?$', help_of(command), re.MULTILINE)
        assert len(shown) > 1, shown
        found = options_of(f'exeseal-{command}')
        assert found == shown, f'{command}: the page has {found}, the help {shown}'
    assert options_of('exeseal') == OF_EXESEAL, options_of('exeseal')


def page_of_exeseal_has_each_command():
    found = [line.split()[0] for line in section('exeseal', 'COMMANDS') if re.match(r'[a-z]', line)]
    assert found == commands(), found


report([each_page_has_the_synopsis_of_the_help, each_page_has_the_options_of_the_help, page_of_exeseal_has_each_command])
