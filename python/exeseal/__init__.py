# SPDX-License-Identifier: MIT
"""Turns an executable into a sealed file descriptor and runs it from there.

    with exeseal.clone("/usr/bin/busybox") as sealed:
        print(sealed.report)
        sealed.run(["busybox", "echo", "hello"], check=True)

clone() and clone_self() make a Sealed, whose run() and Popen() start the program. resolve() finds a
program that may be trusted, inspect() describes any descriptor, and probe() tells whether a
strategy works here. Error, a subclass of OSError, has the report of the attempts.

The C++ core is a part of the package. It requires Linux 5.4. docs/python-guide.md has more.
"""

from . import _exeseal
from ._clone import clone, clone_self, probe
from ._enums import Evidence, Guarantee, Image, InfoFlag, Mode, Step, Strategy, Type
from ._inspect import Info, inspect, inspect_self
from ._report import Attempt, Error, Report
from ._resolve import Program, resolve
from ._sealed import Sealed

_VERSION = _exeseal.version()
__version__ = f"{_VERSION >> 16}.{_VERSION >> 8 & 255}.{_VERSION & 255}"

__all__ = [
    "Attempt",
    "Error",
    "Evidence",
    "Guarantee",
    "Image",
    "Info",
    "InfoFlag",
    "Mode",
    "Program",
    "Report",
    "Sealed",
    "Step",
    "Strategy",
    "Type",
    "clone",
    "clone_self",
    "inspect",
    "inspect_self",
    "probe",
    "resolve",
]
