#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each relative link in the project's Markdown leads to a file or a heading: links_test.py PROJECT.

An anchor must be the one that GitHub gives the heading. In docs it must also be the one of the
site, whose generator does not check anchors. Prints TAP.
"""
import os
import re
import sys
import tempfile
import urllib.parse

from tap import report

PROJECT = os.path.realpath(sys.argv[1])
FENCE = re.compile(r'^ *(```|~~~).*?^ *\1[^\n]*$', re.MULTILINE | re.DOTALL)
CODE = re.compile(r'(`+)(?!`).*?(?<!`)\1(?!`)', re.DOTALL)
LINK = re.compile(r'\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)', re.MULTILINE)
HEADING = re.compile(r'^#{1,6} +(.+?) *#*$', re.MULTILINE)
NAMED = re.compile(r'<a\s+(?:id|name)="([^"]+)"')
BUILT = re.compile(r'build|\.git$|\.cache$|meson-')


def pages(project):
    for folder, folders, names in os.walk(project):
        folders[:] = [name for name in folders if not BUILT.match(name)]
        for name in names:
            if name.endswith('.md'):
                yield os.path.join(folder, name)


def prose_of(path):
    with open(path, encoding='utf-8') as file:
        return FENCE.sub('', file.read())


def links_in(text):
    for link in LINK.finditer(CODE.sub('', text)):
        target = link.group(1) or link.group(2)
        if not re.match(r'[a-z]+:', target):
            yield target


def slug_on_github(heading):
    return re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')


def slug_on_site(heading):
    """As Python-Markdown's extension toc makes it."""
    return re.sub(r'[-\s]+', '-', re.sub(r'[^\w\s-]', '', heading).strip().lower())


def numbered(slugs, separator):
    counts = {}
    for slug in slugs:
        counts[slug] = counts.get(slug, 0) + 1
        yield slug if counts[slug] == 1 else f'{slug}{separator}{counts[slug] - 1}'


def anchors_of(path, on_site):
    text = prose_of(path)
    headings = [re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading).replace('`', '') for heading in HEADING.findall(text)]
    anchors = set(numbered(map(slug_on_github, headings), '-'))
    if on_site:
        anchors &= set(numbered(map(slug_on_site, headings), '_'))
    return anchors | set(NAMED.findall(text))


def broken(project):
    """The links that lead nowhere, and how many there are in all."""
    found, count, docs = [], 0, os.path.join(project, 'docs') + os.sep
    for page in pages(project):
        for link in links_in(prose_of(page)):
            count += 1
            path, _, anchor = link.partition('#')
            target = os.path.normpath(os.path.join(os.path.dirname(page), urllib.parse.unquote(path)))
            target = target if path else page
            where = f'{os.path.relpath(page, project)}: {link}'
            if not target.startswith(project) or not os.path.exists(target):
                found.append(f'{where}: no such file')
            elif anchor and not target.endswith('.md'):
                found.append(f'{where}: an anchor in a file that is not Markdown')
            elif anchor and anchor not in anchors_of(target, page.startswith(docs) and target.startswith(docs)):
                found.append(f'{where}: no such heading')
    return found, count


BAD = """# Same -- twice

[good](other.md#a-heading), [good](#same----twice), [good](https://example.org/missing), `[code](missing.md)`
[bad](missing.md), [bad](other.md#no-heading),
[bad
over two lines](other.md#heading)

```
# In code
[code](missing.md)
```

[bad](#in-code)
"""
PAGES = {
    'page.md': BAD,
    'docs/page.md': '# Same -- twice\n[bad](#same----twice)\n',
    'other.md': '# A `heading`\n',
}


def broken_links_are_found():
    with tempfile.TemporaryDirectory() as project:
        os.mkdir(os.path.join(project, 'docs'))
        for name, text in PAGES.items():
            with open(os.path.join(project, name), 'w', encoding='utf-8') as file:
                file.write(text)
        found, count = broken(os.path.realpath(project))
        assert sorted(found) == [
            'docs/page.md: #same----twice: no such heading',
            'page.md: #in-code: no such heading',
            'page.md: missing.md: no such file',
            'page.md: other.md#heading: no such heading',
            'page.md: other.md#no-heading: no such heading',
        ], found
        assert count == 7, count


def each_link_leads_somewhere():
    found, count = broken(PROJECT)
    assert not found, '\n'.join(found)
    assert count > 20, f'only {count} links'


report([broken_links_are_found, each_link_leads_somewhere])
