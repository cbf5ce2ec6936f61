# SPDX-License-Identifier: MIT
"""Checks the type hints of the Python package: check_types.py FOLDER SOURCE

Exits with 77 if Python has no mypy.
"""

import importlib.util
import os
import subprocess
import sys

if importlib.util.find_spec("mypy") is None:
    print("skip types: no mypy for", sys.executable)
    sys.exit(77)
source = sys.argv[2]
command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "-p", "exeseal"]
sys.exit(subprocess.run(command, cwd=source, check=False).returncode)
