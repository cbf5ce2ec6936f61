#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CONTRIBUTING.md pairs each file of go/internal/pure with files of lib: pairs_test.py PROJECT.

Each Go file has a row. Each source file of the core is in a row or among those without a
counterpart; the folders find and launch have none. Prints TAP.
"""
import os
import re
import sys

from tap import report

PROJECT = sys.argv[1]
FOLDERS = ['', 'base', 'seal', 'seal/strategies']  # find and launch have no counterpart at all


def names_in(folder, ending):
    return {name for name in os.listdir(os.path.join(PROJECT, folder)) if name.endswith(ending)}


def block(name):
    with open(os.path.join(PROJECT, 'CONTRIBUTING.md'), encoding='utf-8') as file:
        found = re.search(f'<!-- {name} -->\n(.*?)<!-- end of {name} -->', file.read(), re.DOTALL)
    assert found, f'CONTRIBUTING.md has no block "{name}"'
    return found.group(1)


def quoted(text, endings=r'go|cc|h'):
    return re.findall(rf'`([\w/.]+\.(?:{endings}))`', text)


def rows():
    """[(Go files, files of lib)]"""
    found = [re.fullmatch(r'\| (.*?) \| (.*?) \|', line) for line in block('pairs').splitlines()[2:]]
    assert found and all(found), 'the block "pairs" is not a table of two columns'
    return [(quoted(row.group(1)), quoted(row.group(2))) for row in found]


def check_once(wanted, listed):
    assert sorted(listed) == sorted(set(listed)), f'twice: {sorted(name for name in listed if listed.count(name) > 1)}'
    missing, surplus = wanted - set(listed), set(listed) - wanted
    assert not missing and not surplus, f'missing: {sorted(missing)}, no such file: {sorted(surplus)}'


def each_go_file_has_one_row():
    files = {name for name in names_in('go/internal/pure', '.go') if not name.endswith('_test.go')}
    check_once(files, [name for left, _ in rows() for name in left])


def each_row_names_files_of_lib():
    for left, right in rows():
        assert right, f'{left}: no file of lib'
        for name in right:
            assert os.path.isfile(os.path.join(PROJECT, 'lib', name)), f'there is no lib/{name}'


def each_file_of_the_core_is_listed_once():
    files = {os.path.join(folder, name) for folder in FOLDERS for name in names_in(os.path.join('lib', folder), '.cc')}
    listed = [name for _, right in rows() for name in right if name.endswith('.cc')]
    check_once(files, listed + quoted(block('core alone'), 'cc'))


report([each_go_file_has_one_row, each_row_names_files_of_lib, each_file_of_the_core_is_listed_once])
