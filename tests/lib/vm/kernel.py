#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fetches the newest cloud kernel of a Debian release:

    kernel.py RELEASE ARCHITECTURE DIRECTORY [SERIES]

RELEASE is for example bookworm or trixie-backports. SERIES, for example 6.1, leaves out all other
kernels: bookworm's security updates offer 6.12 as well.

Writes DIRECTORY/vmlinux, DIRECTORY/modules, DIRECTORY/version and DIRECTORY/architecture. Nothing
is installed, and the machine's apt is not changed: lists and cache are private, and the sources are
the machine's with the release's name replaced. Ends with 77 if no kernel can be fetched.
"""
import glob
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from debian import Unavailable, run  # noqa: E402
from vmlinux import extract  # noqa: E402

def machine_codename():
    with open('/etc/os-release', encoding='utf-8') as file:
        return re.search(r'^VERSION_CODENAME=(\w+)$', file.read(), re.MULTILINE).group(1)


def machine_sources():
    """[(address, suites, components, keyring)] of all sources for packages, in either of apt's
    formats."""
    for path in sorted(glob.glob('/etc/apt/sources.list.d/*.sources')):
        with open(path, encoding='utf-8') as file:
            for paragraph in re.split(r'\n\s*\n', file.read()):
                field = {key.lower(): value.strip() for key, value in re.findall(r'^([\w-]+):(.*)$', paragraph, re.MULTILINE)}
                if 'deb' in field.get('types', '').split() and field.get('enabled', 'yes') != 'no':
                    yield field['uris'].split()[0], field['suites'].split(), field.get('components', '').split(), field.get('signed-by', '')
    for path in ['/etc/apt/sources.list', *sorted(glob.glob('/etc/apt/sources.list.d/*.list'))]:
        if os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                for options, address, suite, rest in re.findall(r'^deb +(?:\[(.*?)\] +)?(\S+) +(\S+) +(.*)$', file.read(), re.MULTILINE):
                    keyring = re.search(r'signed-by=(\S+)', options)
                    yield address, [suite], rest.split(), keyring.group(1) if keyring else ''


def sources_of(release):
    """Arguments for apt: the release, and its security updates if it is a plain release."""
    codename = machine_codename()
    wanted = {codename: release}
    if '-' not in release:
        wanted[codename + '-security'] = release + '-security'
    text = ''
    for address, suites, components, keyring in machine_sources():
        for suite in set(suites) & set(wanted) if 'main' in components else ():
            signed = f'[signed-by={keyring}] ' if keyring.startswith('/') else ''
            text += f'deb {signed}{address} {wanted.pop(suite)} main\n'
    if not text:
        raise Unavailable(f'no source of apt here is of {codename}')
    return text


def kernels(index):
    """[(name, version)] of the packages in apt-cache's output, the newest first."""
    found = re.findall(r'^Package: (\S+)$.*?^Version: (\S+)$', index, re.MULTILINE | re.DOTALL)
    return sorted(set(found), key=lambda kernel: [int(number) for number in re.findall(r'\d+', kernel[1])], reverse=True)


def parts(release, apt_cache, name, version):
    """The image and the packages that it consists of, each as NAME=VERSION. All have one
    version."""
    found, ahead = [], [name]
    while ahead:
        found.append(f'{ahead.pop()}={version}')
        depends = ''.join(re.findall(r'^(?:Pre-)?Depends: (.*)$', run(release, *apt_cache, 'show', found[-1]), re.MULTILINE))
        needed = set(re.findall(r'\blinux-(?:image|base|binary|modules)-\d[\w.+-]*', depends))
        ahead += needed - set(ahead) - {part.partition('=')[0] for part in found}
    return found


def fetch(release, architecture, work, series=''):
    """The packages of the release's newest kernel that can be fetched: an index may name a
    kernel that the server does not have, or no longer."""
    for directory in 'state/lists/partial', 'cache/archives/partial', 'sources.d':
        os.makedirs(os.path.join(work, directory))
    with open(work + '/sources.list', 'w', encoding='utf-8') as file:
        file.write(sources_of(release))
    options = [f'Dir::State={work}/state', f'Dir::Cache={work}/cache', f'Dir::Etc::SourceList={work}/sources.list', f'Dir::Etc::SourceParts={work}/sources.d',
               'Dir::State::status=/dev/null', f'APT::Architecture={architecture}', f'APT::Architectures::={architecture}',
               'APT::Sandbox::User=root', 'APT::Update::Error-Mode=any', 'APT::Default-Release=']  # fmt: skip
    options = [argument for option in options for argument in ('-o', option)]
    apt_get, apt_cache = ['apt-get', '-qq', *options], ['apt-cache', *options]
    run(release, *apt_get, 'update')
    pattern = re.escape(series) + r'[.+-].*' if series else r'[0-9].*'
    names = run(release, *apt_cache, 'search', '--names-only', rf'^linux-image-{pattern}-cloud-{architecture}$')
    index = run(release, *apt_cache, 'show', *re.findall(r'^\S+', names, re.MULTILINE)) if names else ''
    unavailable = Unavailable(f'{release}: no cloud kernel {series} in the index')
    for name, version in kernels(index):
        directory = f'{work}/{name}={version}'
        os.mkdir(directory)
        try:
            run(release, *apt_get, 'download', *parts(release, apt_cache, name, version), cwd=directory)
            return glob.glob(directory + '/*.deb')
        except Unavailable as reason:
            print(f'{name} {version}: {reason}', file=sys.stderr)
            unavailable = reason
    raise unavailable


def unpack(release, architecture, directory, series):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(directory)) as work:
        for package in fetch(release, architecture, work, series):
            run(release, 'dpkg-deb', '--extract', package, work + '/root')
        modules, = glob.glob(work + '/root/lib/modules/*') or glob.glob(work + '/root/usr/lib/modules/*')
        image, = glob.glob(work + '/root/boot/vmlinuz-*') or glob.glob(modules + '/vmlinuz')
        new = work + '/new'
        os.mkdir(new)
        extract(image, new + '/vmlinux')
        for name, text in ('version', os.path.basename(modules)), ('architecture', architecture):
            with open(os.path.join(new, name), 'w', encoding='utf-8') as file:
                file.write(text + '\n')
        shutil.move(modules, new + '/modules')
        os.rename(new, directory)


def main(release, architecture, directory, series=''):
    if not os.path.exists(directory):
        try:
            unpack(release, architecture, directory, series)
        except Unavailable as reason:
            print(f'skip {release}: {reason}')
            return 77
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
