#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/lib/vm/kernel.py chooses a kernel from an index that names some removed ones. Prints TAP.

kernel_test.py DIRECTORY, where kernel.py is
"""
import os
import re
import sys
import tempfile

from tap import report

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import kernel  # noqa: E402

# The order is that of apt-cache: by name, not by version.
INDEX = {
    ('linux-base-7.3.4-cloud-amd64', '7.3.4-1'): '',
    ('linux-image-7.2.12-cloud-amd64', '7.2.12-1'): 'kmod',
    ('linux-image-7.2.9-cloud-amd64', '7.2.9-1'): 'kmod',
    ('linux-image-7.3.4-cloud-amd64', '7.3.4-1'): 'kmod, linux-base-7.3.4-cloud-amd64 (= 7.3.4-1), linux-modules-7.3.4-cloud-amd64 (= 7.3.4-1)',
    ('linux-image-7.3.4-cloud-amd64', '7.3.4-2'): 'kmod, linux-modules-7.3.4-cloud-amd64 (= 7.3.4-2)',
    ('linux-modules-7.3.4-cloud-amd64', '7.3.4-1'): 'linux-base-7.3.4-cloud-amd64 (= 7.3.4-1)',
    ('linux-modules-7.3.4-cloud-amd64', '7.3.4-2'): '',
    ('linux-image-6.1.0-56-cloud-amd64', '6.1.176-1'): 'kmod',
    ('linux-image-6.12.117+deb12-cloud-amd64', '6.12.117-1'): 'kmod',
}


class Archive:
    def __init__(self, gone):
        self.gone = gone

    def run(self, what, *command, cwd=None):
        action = next(word for word in ('update', 'search', 'show', 'download') if word in command)
        wanted = command[command.index(action) + 1:]
        return getattr(self, action)(what, wanted, cwd)

    def update(self, *_):
        return ''

    def search(self, _what, wanted, _cwd):
        return ''.join(f'{name} - Linux\n' for name in sorted({name for name, _ in INDEX}) if re.search(wanted[-1], name))

    def show(self, _what, wanted, _cwd):
        shown = [(*package, depends) for package, depends in INDEX.items() if package[0] in wanted or '='.join(package) in wanted]
        return ''.join(f'Package: {name}\nVersion: {version}\nDepends: {depends}\n\n' for name, version, depends in shown)

    def download(self, what, wanted, cwd):
        for package in wanted:
            if package in self.gone:
                raise kernel.Unavailable(f'{what}: 404')
            with open(os.path.join(cwd, package + '.deb'), 'w', encoding='ascii'):
                pass


def fetched(*gone, series=''):
    kernel.run = Archive(gone).run
    kernel.sources_of = lambda release: ''
    with tempfile.TemporaryDirectory() as work:
        try:
            return ' '.join(sorted(os.path.basename(path).removesuffix('.deb') for path in kernel.fetch('trixie-backports', 'amd64', work, series)))
        except kernel.Unavailable as reason:
            return str(reason)


SECOND, FIRST = (f'linux-modules-7.3.4-cloud-amd64=7.3.4-{n}' for n in (2, 1))
ALL = [f'linux-image-{name}-cloud-amd64={version}' for name, version in (('7.3.4', '7.3.4-2'), ('7.3.4', '7.3.4-1'), ('7.2.12', '7.2.12-1'), ('7.2.9', '7.2.9-1'),
       ('6.12.117+deb12', '6.12.117-1'), ('6.1.0-56', '6.1.176-1'))]


def expect(got, wanted):
    assert got == wanted, f'{got}, not {wanted}'


report({
    'the newest is taken, with its parts': lambda: expect(fetched(), f'{ALL[0]} {SECOND}'),
    'an older version of the same name, if that one is gone': lambda: expect(fetched(ALL[0]), f'linux-base-7.3.4-cloud-amd64=7.3.4-1 {ALL[1]} {FIRST}'),
    'an older name, if a part of each version is gone': lambda: expect(fetched(SECOND, FIRST), ALL[2]),
    'the oldest, if nothing else is left': lambda: expect(fetched(*ALL[:3]), ALL[3]),
    'the newest of a series, whatever else the release has': lambda: expect(fetched(series='6.1'), ALL[5]),
    'the reason, if all are gone': lambda: expect(fetched(*ALL), 'trixie-backports: 404'),
})
