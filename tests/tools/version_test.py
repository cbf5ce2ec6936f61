#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""meson.build, exeseal.h, CHANGELOG.md and the packages name one version: version_test.py PROJECT.
Prints TAP."""
import os
import re
import sys

from tap import report


def found_in(path, pattern):
    with open(os.path.join(sys.argv[1], path), encoding='utf-8') as file:
        found = re.findall(pattern, file.read(), re.MULTILINE)
    assert found, f'{path} names no version'
    return found


def of_the_project():
    return found_in('meson.build', r"^  version: '([\d.]+)',")[0]


def the_header_has_the_version_of_the_project():
    numbers = found_in('lib/include/exeseal.h', r'^#define EXESEAL_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)')
    assert '.'.join(numbers) == of_the_project(), numbers


def the_changelog_begins_with_this_version():
    version = found_in('CHANGELOG.md', r'^## (\S+?)[,\n]')[0]
    assert version == of_the_project(), version


def the_packages_have_the_version_of_the_project():
    for path, pattern in (
        ('debian/changelog', r'\Aexeseal \(([\d.]+)-'),
        ('packaging/exeseal.spec', r'^Version: +([\d.]+)$'),
        ('packaging/APKBUILD', r'^pkgver=([\d.]+)$'),
    ):
        versions = found_in(path, pattern)
        assert versions == [of_the_project()], f'{path}: {versions}'


report([
    the_header_has_the_version_of_the_project,
    the_changelog_begins_with_this_version,
    the_packages_have_the_version_of_the_project,
])
