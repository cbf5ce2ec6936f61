# SPDX-License-Identifier: MIT
"""Finds programs that may be trusted."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import Optional

from . import _exeseal
from ._descriptor import Descriptor
from ._enums import ResolutionFlag, ResolveFlag
from ._report import Error

_OPTIONS = struct.Struct("=Q")
_RESOLUTION = struct.Struct("=Q2016s2016s")
_LONGEST_WHY = 8192  # bytes: enough for dozens of refused candidates

RESOLUTION_SIZE = _RESOLUTION.size


class Program(Descriptor):
    """A program that was found: a descriptor of the very file that was judged.

    path (also name): where it was found, for argv[0] and messages. Do not open it again.
    resolved: the path without symbolic links.
    is_wrapped: whether a Nix wrapper was skipped.
    refused: a line "PATH: REASON" for each candidate that was refused before.
    """

    def __init__(
        self, fd: int, path: str, resolved: str, is_wrapped: bool, refused: tuple[str, ...]
    ) -> None:
        super().__init__(fd, path)
        self.path = path
        self.resolved = resolved
        self.is_wrapped = is_wrapped
        self.refused = refused


def resolve(
    name: str,
    *,
    directories: Sequence[str] = (),
    path: Optional[str] = None,
    script: bool = False,
) -> Program:
    """Finds a program that may be trusted with the caller's privileges.

    name: an absolute path, or a name without "/".
    directories: absolute directories, searched after the system's and /opt/NAME.
    path: a value of PATH, searched last and not by a privileged process; None: not searched.
    script: accept scripts. Otherwise the only accepted scripts are Nix wrappers, and the program
        that they wrap is returned.

    Returns a Program, which owns the descriptor; pass it to clone(). Raises Error: ENOENT if there
    is no such program, EPERM if it was found and refused, with the reasons in the error's details.
    """
    for directory in directories:
        if not os.path.isabs(directory) or ":" in directory:
            raise ValueError(f"{directory!r} is not one absolute directory")
    raw, why = bytearray(_RESOLUTION.size), bytearray(_LONGEST_WHY)
    options = _OPTIONS.pack(ResolveFlag.SCRIPT if script else 0)
    fd = _exeseal.resolve(name, ":".join(directories) or None, path, options, raw, why)
    reasons = _text(why)
    if fd < 0:
        raise Error(-fd, name, details=reasons.rstrip("\n"))
    flags, found, resolved = _RESOLUTION.unpack(raw)
    return Program(
        fd,
        _text(found),
        _text(resolved),
        bool(flags & ResolutionFlag.WRAPPER),
        tuple(reasons.splitlines()),
    )


def _text(raw: bytes | bytearray) -> str:
    return os.fsdecode(bytes(raw).split(b"\0", 1)[0])
