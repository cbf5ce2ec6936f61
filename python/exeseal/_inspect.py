# SPDX-License-Identifier: MIT
"""Reports what can be seen of a descriptor of any origin."""

from __future__ import annotations

import dataclasses
import os
import struct
from typing import Callable, Union

from . import _exeseal
from ._clone import HasFileno
from ._enums import Guarantee, Image, InfoFlag, Type
from ._report import DIGEST_SIZE, Error, digest_text

_INFO = struct.Struct(f"=QQIIIIII256s{DIGEST_SIZE}s")

INFO_SIZE = _INFO.size


@dataclasses.dataclass(frozen=True)
class Info:
    """The visible properties of a descriptor and of its file.

    guarantees: those that can be seen, which excludes OWN_PAGES and STABLE.
    size: bytes; 0 for a stream.
    type: the kind of file.
    flags: properties of the descriptor, the file and its mount.
    seals: the F_SEAL_* of a memfd, as in the module fcntl; otherwise 0.
    permissions: the permission bits with setuid, setgid and sticky.
    image: the kind of program.
    machine: the image's e_machine, see elf(5).
    interpreter: the interpreter of a dynamic image or a script, or "". The file chooses this text:
        do not trust it.
    digest: the fs-verity digest of the file, "sha256:...", or "".
    """

    guarantees: Guarantee
    size: int
    type: Type
    flags: InfoFlag
    seals: int
    permissions: int
    image: Image
    machine: int
    interpreter: str
    digest: str


def inspect(file: Union[int, HasFileno]) -> Info:
    """Reports what can be seen of a descriptor of any origin.

    file: a descriptor, or an object with fileno(), such as a Sealed.

    Returns an Info. Raises Error with EBADF if the descriptor is not open.
    """
    fd = file if isinstance(file, int) else file.fileno()
    return _info(f"descriptor {fd}", lambda raw: _exeseal.inspect(fd, raw))


def inspect_self() -> Info:
    """Reports the same of the running program, which is the Python interpreter.

    Returns an Info. Raises Error: ENOENT without a usable /proc, EACCES if the program may be
    executed but not read.
    """
    return _info("/proc/self/exe", _exeseal.inspect_self)


def _info(name: str, call: Callable[[bytearray], int]) -> Info:
    raw = bytearray(_INFO.size)
    result = call(raw)
    if result < 0:
        raise Error(-result, name)
    guarantees, size, kind, flags, seals, permissions, image, machine, interpreter, digest = (
        _INFO.unpack(raw)
    )
    return Info(
        guarantees=Guarantee(guarantees),
        size=size,
        type=Type(kind),
        flags=InfoFlag(flags),
        seals=seals,
        permissions=permissions,
        image=Image(image),
        machine=machine,
        interpreter=os.fsdecode(interpreter.split(b"\0", 1)[0]),
        digest=digest_text(digest),
    )
