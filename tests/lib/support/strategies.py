# SPDX-License-Identifier: MIT
"""The existing strategies, for the tests that have a table of them."""

import re


def strategies(project):
    """Their names, in the order of the header's numbers."""
    with open(f"{project}/lib/include/exeseal.h", encoding="utf-8") as header:
        return [name.lower() for name in re.findall(r"^#define EXESEAL_STRATEGY_(\w+) [1-9]\d*\b", header.read(), re.MULTILINE)]
