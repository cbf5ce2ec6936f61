#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes docs/kernel-features.md from the guests' results: features.py RESULTS PAGE [--write].

RESULTS is the result folder of tests/lib/vm/run with the suite `features` on each kernel. Fails if
a kernel has a feature that it is too old for, or lacks one that it is new enough for, or, without
--write, if the page differs. The page does not name exact kernel versions, because Debian updates
them.
"""
import glob
import json
import re
import sys

# The guest's name for it: the version that added it, and what happens without it.
FEATURES = {
    'memfd_create(2): MFD_EXEC': ('6.3', 'memfd: after EINVAL it is created without the flag'),
    'fcntl(2): F_SEAL_EXEC': ('6.3', '`x-sealed` fails with EOPNOTSUPP; nothing else changes'),
    'sysctl vm.memfd_noexec': ('6.3', 'executable memfds cannot be forbidden by a sysctl'),
    'overlayfs by fsconfig(2) with descriptors: lowerdir+': ('6.13', 'overlay: layers are named by /proc/thread-self/fd/N, which requires /proc; without /proc, bind is used'),
    'overlayfs over a layer that is mounted nowhere': ('6.15', 'overlay: /tmp, /run, /dev or / is the second layer; nothing of it is visible'),
    'mount_setattr(2)': ('5.12', 'bind fails with ENOSYS'),
    'execveat(2): AT_EXECVE_CHECK': ('6.14', '`EXESEAL_EXEC_CHECK` checks permission bits, mount options and the header instead'),
    'a running program is ETXTBSY for writers': ('all but the first releases of 6.11 and 6.12', 'not used as evidence for `stable` on any 6.11 or 6.12, nor from 6.14 on, where a fanotify(7) mark can lift it; a lease or times are used instead'),
    'Landlock': ('5.13', '`--landlock` is an error; `--landlock-if-possible` continues without it'),
}


def number(version):
    return tuple(map(int, version.split('.')[:2]))


def expected(since, kernel):
    return not since[0].isdigit() or number(kernel) >= number(since)


def answers(results):
    """{kernel: {feature: answer}}"""
    found = {}
    for path in glob.glob(results + '/*-root/meson-logs/testlog.json'):
        with open(path, encoding='utf-8') as file:
            for record in map(json.loads, file):
                if record['name'].endswith(' / features'):
                    kernel = re.search(r'([^/]+)-root/', path).group(1)
                    found[kernel] = dict(line.split('\t') for line in record['stdout'].splitlines())
    return dict(sorted(found.items(), key=lambda item: number(item[0])))


def page(found):
    kernels = list(found)
    lines = ['# Kernel features', '',
             '`tests/lib/vm/run --all --write` writes this page from the answers of Debian\'s',
             'kernels to root in virtual machines; every run with `--all` compares it. "Since"',
             'is the version of Linux that introduced the feature. Features of Linux 5.4 and',
             'earlier are not listed. [Compatibility](compatibility.md) has the kernels that',
             'exeseal requires.', '',
             f'| feature | since | what happens without it | {" | ".join(kernels)} |', '| --- | --- | --- |' + ' --- |' * len(kernels)]  # fmt: skip
    for feature, (since, before) in FEATURES.items():
        cells = [found[kernel][feature] for kernel in kernels]
        lines.append(f'| {feature} | {since} | {before} | {" | ".join(cells)} |')
    return '\n'.join(lines) + '\n'


def main(results, path, *options):
    found = answers(results)
    wrong = 0
    for kernel, features in found.items():
        for feature, answer in features.items():
            has = answer == 'yes' or answer.startswith('ABI')
            if has != expected(FEATURES[feature][0], kernel):
                print(f'features.py: Linux {kernel}: {feature}: {answer}, which is not as the table has it')
                wrong = 1
    text = page(found)
    if '--write' in options:
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
    else:
        with open(path, encoding='utf-8') as file:
            if file.read() != text:
                print(f'features.py: {path} says something else; tests/lib/vm/run --all --write writes it')
                wrong = 1
    return wrong


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
