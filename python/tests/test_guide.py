# SPDX-License-Identifier: MIT
"""The programs in docs/python-guide.md run as they are printed."""

import pathlib
import re
import shutil

import pytest

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "python-guide.md"


def test_every_program_of_the_guide(capfd):
    for program in "busybox", "runc":
        if shutil.which(program) is None:
            pytest.skip(f"requires {program}, which the guide runs")
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    names = {"source": "/bin/sh"}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)
    assert names["sealed"].closed
    assert "hello\n" in capfd.readouterr().out
