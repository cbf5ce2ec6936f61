#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Converts a guest's records into files that scripts/count-tests reads:

    results.py DISK STATUS SECONDS DIRECTORY LABEL [OUTPUT]

STATUS is the exit status of the boot, and SECONDS the time that it took. Writes
DIRECTORY/LABEL-USER/meson-logs/testlog.json for C and C++ programs, and
DIRECTORY/LABEL-USER-go.json for Go's. The boot itself counts as a test.
"""
import json
import os
import subprocess
import sys


def records(disk):
    with open(disk, 'rb') as file:
        text = file.read().split(b'\0', 1)[0].decode(errors='replace')
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith('\n')]


def add(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'a', encoding='utf-8') as file:
        file.write(text)


def main(disk, status, seconds, directory, label, output=''):
    for record in records(disk):
        suite, name = record['name'].removeprefix('exeseal:').split(' / ')
        place = f'{directory}/{label}-{record["user"]}'
        if suite.startswith('go'):
            converted = subprocess.run(['go', 'tool', 'test2json', '-p', name], input=record['stdout'], stdout=subprocess.PIPE, text=True, check=True)
            add(f'{place}-{suite}.json', converted.stdout)
        else:
            add(place + '/meson-logs/testlog.json', json.dumps(record) + '\n')
    result = {'0': 'OK', '77': 'SKIP'}.get(status, 'FAIL')
    boot = {'name': 'exeseal:boot / guest', 'stdout': output, 'result': result, 'returncode': int(status), 'duration': int(seconds)}
    add(f'{directory}/{label}/meson-logs/testlog.json', json.dumps(boot) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
