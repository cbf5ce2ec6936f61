#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes an initramfs: initramfs.py MODULES INIT OUTPUT MODULE... It has a program as /init, and
below /modules the named modules of the kernel with their dependencies, in load order. A built-in
module is left out."""
import lzma
import os
import re
import sys


def entry(name, mode, data=b''):
    """One file of a cpio archive (Documentation/driver-api/early-userspace/buffer-format.rst)."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b'070701' + b''.join(b'%08x' % field for field in fields) + name.encode() + b'\0'
    return head + b'\0' * (-len(head) % 4) + data + b'\0' * (-len(data) % 4)


def plain(name):
    return re.sub(r'\.ko(\.\w+)?$', '', os.path.basename(name)).replace('-', '_')


class Modules:
    def __init__(self, directory):
        self.files = {plain(file): os.path.join(where, file) for where, _, files in os.walk(directory) for file in files if '.ko' in file}
        with open(directory + '/modules.builtin', encoding='utf-8') as file:
            self.built_in = {plain(line.strip()) for line in file}
        self.contents = {}

    def add(self, name):
        if name in self.contents or name in self.built_in:
            return
        if name not in self.files:
            raise SystemExit(f'this kernel has no module {name}')
        with open(self.files[name], 'rb') as file:
            data = file.read()
        data = lzma.decompress(data) if self.files[name].endswith('.xz') else data
        depends = re.search(rb'\0depends=([^\0]*)\0', data)
        for other in depends.group(1).decode().split(',') if depends and depends.group(1) else ():
            self.add(plain(other))
        self.contents[name] = data


def main(directory, init, output, *names):
    modules = Modules(directory)
    for name in names:
        modules.add(name)
    with open(init, 'rb') as file:
        archive = entry('init', 0o100755, file.read()) + entry('dev', 0o40755) + entry('modules', 0o40755)
    for number, (name, data) in enumerate(modules.contents.items()):
        archive += entry(f'modules/{number:02}-{name}.ko', 0o100644, data)
    with open(output, 'wb') as file:
        file.write(archive + entry('TRAILER!!!', 0))


if __name__ == '__main__':
    main(*sys.argv[1:])
