# SPDX-License-Identifier: MIT
"""Makes links that leave docs lead to the repository: a hook of mkdocs, named in mkdocs.yml."""
import os
import re


def on_page_markdown(markdown, page, config, files):
    docs = config['docs_dir']
    project = os.path.dirname(config['config_file_path'])
    here = os.path.dirname(os.path.join(docs, page.file.src_path))

    def rewrite(link):
        path, mark, anchor = link.group(1).partition('#')
        target = os.path.normpath(os.path.join(here, path))
        if target.startswith(docs + os.sep) or not target.startswith(project) or not os.path.exists(target):
            return link.group()
        kind = 'tree' if os.path.isdir(target) else 'blob'
        return f']({config["repo_url"]}/{kind}/main/{os.path.relpath(target, project)}{mark}{anchor})'

    return re.sub(r'\]\((\.\.?/[^)\s]+)\)', rewrite, markdown)
