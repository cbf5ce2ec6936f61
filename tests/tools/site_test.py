#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scripts/site builds a page for each document, and the pages load nothing from other servers.

site_test.py PROJECT. Prints TAP.
"""
import os
import re
import subprocess
import sys
import tempfile

from tap import Skip, report

PROJECT = sys.argv[1]
LOADED = re.compile(r'<(?:script|img|iframe|link\b(?![^>]*rel="(?:canonical|edit)"))[^>]*\b(?:src|href)="?(https?:|//)')


def names(folder, ending):
    return {os.path.relpath(os.path.join(path, name), folder)[:-len(ending)]
            for path, _, files in os.walk(folder) for name in files if name.endswith(ending)}


def documents():
    return {'index' if name == 'README' else name for name in names(os.path.join(PROJECT, 'docs'), '.md')}


def each_document_has_a_page(site):
    done = subprocess.run([os.path.join(PROJECT, 'scripts', 'site'), site], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        raise Skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    missing = documents() - names(site, '.html')
    assert not missing, sorted(missing)


def pages_load_nothing_from_other_servers(site):
    pages = names(site, '.html')
    if not pages:
        raise Skip('no site was built')
    for page in pages:
        with open(os.path.join(site, page + '.html'), encoding='utf-8') as file:
            found = LOADED.search(file.read())
        assert found is None, f'{page}: {found.group()}'


def each_document_is_in_the_navigation(_):
    with open(os.path.join(PROJECT, 'mkdocs.yml'), encoding='utf-8') as file:
        listed = re.findall(r': ([\w/-]+)\.md$', file.read(), re.MULTILINE)
    assert sorted({'index' if name == 'README' else name for name in listed}) == sorted(documents()), listed


with tempfile.TemporaryDirectory() as directory:
    report([each_document_has_a_page, pages_load_nothing_from_other_servers, each_document_is_in_the_navigation], directory)
