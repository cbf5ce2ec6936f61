# SPDX-License-Identifier: MIT
"""The sources of the manual pages, as the tests of the pages read them."""

import glob
import os
import re


class Page:
    """One file man/NAME.SECTION.scd. `sections`: its lines by heading, in the order of the page."""

    def __init__(self, path):
        self.path = path
        self.file = os.path.basename(path)[: -len(".scd")]
        self.name, self.section = self.file.rsplit(".", 1)
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.sections, heading = {}, None
        literal = False
        for line in self.text.splitlines():
            literal ^= line == "```"
            if line.startswith("# ") and not literal:
                heading = line[2:]
                self.sections[heading] = []
            elif heading is not None:
                self.sections[heading].append(line)

    def names(self):
        """The names that the page has, from its first section: the names before the dash."""
        text = " ".join(self.sections["NAME"]).partition(" - ")[0]
        return [name.strip().replace("\\", "") for name in text.split(",")]

    def literals(self, heading):
        """The literal blocks of a section: (comment in the line above or "", text as displayed)."""
        blocks, lines, comment = [], None, ""
        for line in self.sections.get(heading, []):
            if line == "```":
                if lines is not None:
                    blocks.append((comment, re.sub(r"\\(.)", r"\1", "\n".join(lines)) + "\n"))
                lines = [] if lines is None else None
            elif lines is not None:
                lines.append(line)
            else:
                comment = line[1:].strip() if line.startswith(";") else ""
        return blocks


def pages(project):
    """The pages that there are, by file name without .scd."""
    found = [Page(path) for path in sorted(glob.glob(os.path.join(project, "man", "*.scd")))]
    return {page.file: page for page in found}
