# SPDX-License-Identifier: MIT
"""The public headers, as the tests of the manual pages read them."""

import os
import re

HEADERS = ("include/exeseal.h", "caps/exeseal-caps.h", "reexec/exeseal-reexec.h")
FUNCTION = re.compile(r"^(?:const char \*|int |uint32_t )(exeseal_\w+)\(([^;{]*)\);", re.MULTILINE)
STRUCT = re.compile(r"^struct (exeseal_\w+) \{.*?^\};", re.MULTILINE | re.DOTALL)


def normalised(declaration):
    """Without comments, and with single blanks only."""
    text = re.sub(r"/\*.*?\*/", "", declaration, flags=re.DOTALL)
    return re.sub(r"\s*([(){}\[\];,*])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


class Function:
    """`comment`: the text of the comment above the function, or above its group of functions."""

    def __init__(self, name, declaration, comment):
        self.name, self.declaration, self.comment = name, normalised(declaration), comment
        self.pages = re.findall(r"\b(exeseal[\w-]*)\(3\)", re.sub(r"[Ss]ee\s+", "", comment))

    def labels(self):
        return re.findall(r"^(Returns|Errors|Since|Safety):", self.comment, re.MULTILINE)

    def own_errors(self):
        """The errnos that the comment lists."""
        lists = re.findall(r"^  ((?:E[A-Z0-9]+, )*E[A-Z0-9]+) ", self.comment, re.MULTILINE)
        return {error for errors in lists for error in errors.split(", ")}

    def errors(self, functions):
        """With those of the functions that the comment refers to."""
        found = self.own_errors()
        for line in re.findall(r"^Errors: as (.*)$", self.comment, re.MULTILINE):
            for name in re.findall(r"(exeseal_\w+)\(\)", line):
                found |= functions[name].errors(functions)
        return found


def comment_before(text, at):
    """The text of the last comment before `at`, if nothing but functions is between."""
    start = text.rfind("/*", 0, at)
    end = text.find("*/", start)
    between = FUNCTION.sub("", text[end + 2 : at])
    if between.strip():
        return ""
    lines = text[start + 2 : end].splitlines()
    return "\n".join(re.sub(r"^ \* ?", "", line) for line in lines).strip()


class Header:
    """All public headers: functions and structs by name, and the names of the constants."""

    def __init__(self, project):
        self.functions, self.structs, self.constants = {}, {}, set()
        for file in HEADERS:
            with open(os.path.join(project, "lib", file), encoding="utf-8") as header:
                text = header.read()
            for match in FUNCTION.finditer(text):
                name = match.group(1)
                self.functions[name] = Function(name, match.group(0), comment_before(text, match.start()))
            for match in STRUCT.finditer(text):
                self.structs[match.group(1)] = normalised(match.group(0))
            self.constants |= set(re.findall(r"^#define (EXESEAL_\w+) ", text, re.MULTILINE))
