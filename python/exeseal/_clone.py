# SPDX-License-Identifier: MIT
"""Clones executables, and probes strategies."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Callable, Optional, Protocol, Union

from . import _exeseal
from ._enums import CloneFlag, Guarantee, Mode, Strategy
from ._report import REPORT_SIZE, Error, Report, report_of
from ._sealed import Sealed

_OPTIONS = struct.Struct("=QQQIi64s4I")
_FALLBACKS = 4
_LONGEST_NAME = 63
_DEFAULT_NAME = "exeseal"

OPTIONS_SIZE = _OPTIONS.size


class HasFileno(Protocol):
    """An open file or socket."""

    def fileno(self) -> int: ...


Path = Union[str, "os.PathLike[str]"]
Source = Union[Path, int, bytes, bytearray, memoryview, HasFileno]
ModeLike = Union[Mode, str]


def clone(
    source: Source,
    *,
    mode: Union[ModeLike, Sequence[ModeLike]] = Mode.AUTOMATIC,
    require: Union[Guarantee, str] = Guarantee(0),
    name: Optional[str] = None,
    max_bytes: int = 0,
    temp_dir: Union[Path, int, None] = None,
    reclaimable: bool = False,
    small_pages: bool = False,
    huge_pages: bool = False,
    drop_privileges: bool = False,
) -> Sealed:
    """Clones an executable.

    source: a path (str or os.PathLike), a descriptor, an object with fileno(), or the program
        itself as bytes, bytearray or memoryview. A regular file is read from its beginning, a pipe
        or stream socket to its end. Bytes that a Python file object has already read of a
        pipe are not a part of the program. A descriptor or file stays open.
    mode: a Mode or its name. A sequence of them is tried in its order.
    require: guarantees, as Guarantee or as text such as "sealed,stable". Strategies that cannot
        give all of them are skipped.
    name: the name in /proc/PID/exe, at most 63 bytes; by default "exeseal".
    max_bytes: the largest size of a copy; 0: any size for a file, 512 MiB for a stream.
    temp_dir: the directory that the strategies tmpfile and verity try first.
    reclaimable: try a file with fs-verity before a memfd, so that the kernel can reclaim its pages.
    small_pages, huge_pages: no huge pages; or huge pages also in a process with several threads.
    drop_privileges: accept a source with setuid or setgid bits or file capabilities, which the
        result does not have.

    Returns a Sealed, which owns the descriptor. Raises Error with a report if the clone fails, the
    OSError of open(2) if a path cannot be opened, and ValueError for an unknown mode or guarantee,
    an invalid name or a number out of range.

    Any thread may call it, and other threads run meanwhile. They cannot resize a bytearray, and
    must not change it. Signals, Ctrl-C included, do not interrupt the reading of a stream.
    """
    flags = (
        CloneFlag.RECLAIMABLE * reclaimable
        | CloneFlag.SMALL_PAGES * small_pages
        | CloneFlag.HUGE_PAGES * huge_pages
        | CloneFlag.DROP_PRIVILEGES * drop_privileges
    )
    with _options(flags, mode, require, name, max_bytes, temp_dir) as options:
        if isinstance(source, (bytes, bytearray, memoryview)):
            program = source
            return _sealed(
                _DEFAULT_NAME,
                name,
                lambda report: _exeseal.clone_memory(program, options, report),
            )
        with _opened(source) as (fd, source_name):
            return _sealed(
                source_name,
                name,
                lambda report: _exeseal.clone_descriptor(fd, options, report),
            )


def clone_self(
    *,
    mode: Union[ModeLike, Sequence[ModeLike]] = Mode.AUTOMATIC,
    require: Union[Guarantee, str] = Guarantee(0),
    temp_dir: Union[Path, int, None] = None,
    reclaimable: bool = False,
) -> Sealed:
    """Clones the running program, which is the Python interpreter.

    mode, require, temp_dir, reclaimable: as for clone().

    Returns and raises as clone().
    """
    flags = CloneFlag.RECLAIMABLE * reclaimable
    with _options(flags, mode, require, None, 0, temp_dir) as options:
        return _sealed(sys.executable, None, lambda report: _exeseal.clone_self(options, report))


def probe(strategy: Union[Strategy, str]) -> Report:
    """Tries a strategy for this process, and discards the result.

    strategy: a Strategy or its name, without Strategy.NONE.

    Returns a report with the guarantees. Raises Error, whose report has the reason, if the strategy
    does not work here; ValueError if there is no such strategy.
    """
    wanted = Strategy.of(strategy)
    raw = bytearray(REPORT_SIZE)
    return _checked(_exeseal.probe(wanted, raw), str(wanted), raw)


def _checked(result: int, name: str, raw: bytearray) -> Report:
    report = report_of(bytes(raw))
    if result < 0:
        raise Error(-result, name, report=report)
    return report


def _sealed(source: str, name: Optional[str], call: Callable[[bytearray], int]) -> Sealed:
    """Returns the result under its name. A failure concerns the source."""
    raw = bytearray(REPORT_SIZE)
    fd = call(raw)
    return Sealed(fd, name or source, _checked(fd, source, raw))


@contextlib.contextmanager
def _open(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


@contextlib.contextmanager
def _opened(source: Any) -> Iterator[tuple[int, str]]:
    """Yields the source's descriptor and a name for messages."""
    if isinstance(source, (str, os.PathLike)):
        with _open(source, os.O_RDONLY) as fd:
            yield fd, os.fsdecode(source)
    elif isinstance(source, int):
        yield source, f"descriptor {source}"
    elif hasattr(source, "fileno"):
        yield source.fileno(), str(getattr(source, "name", _DEFAULT_NAME))
    else:
        raise TypeError(f"{type(source).__name__} is not a path, a descriptor, bytes or a file")


@contextlib.contextmanager
def _options(
    flags: int,
    mode: Union[ModeLike, Sequence[ModeLike]],
    require: Union[Guarantee, str],
    name: Optional[str],
    max_bytes: int,
    temp_dir: Union[Path, int, None],
) -> Iterator[bytes]:
    """Yields struct exeseal_clone_options, with the directory open."""
    with contextlib.ExitStack() as stack:
        directory = 0
        if temp_dir is not None:
            flags |= CloneFlag.TMP_DIRFD
            directory = (
                temp_dir
                if isinstance(temp_dir, int)
                else stack.enter_context(_open(temp_dir, os.O_PATH | os.O_DIRECTORY))
            )
        first, *others = _modes(mode)
        fallbacks = [*others, *[Mode.AUTOMATIC] * (_FALLBACKS - len(others))]
        bits, raw_name = Guarantee.bits_of(require), _name(name)
        try:
            packed = _OPTIONS.pack(flags, bits, max_bytes, first, directory, raw_name, *fallbacks)
        except struct.error as error:
            raise ValueError(f"require, max_bytes or temp_dir is invalid: {error}") from None
        yield packed


def _modes(mode: Union[ModeLike, Sequence[ModeLike]]) -> list[Mode]:
    if isinstance(mode, (str, int)):
        return [Mode.of(mode)]
    modes = [Mode.of(one) for one in mode]
    if not 1 <= len(modes) <= 1 + _FALLBACKS:
        raise ValueError(f"mode has {len(modes)} entries. Pass 1 to {1 + _FALLBACKS}.")
    if Mode.AUTOMATIC in modes:
        raise ValueError("The automatic mode cannot be in a list. Pass explicit modes only.")
    return modes


def _name(name: Optional[str]) -> bytes:
    raw = b"" if name is None else os.fsencode(name)
    if name is not None and not 1 <= len(raw) <= _LONGEST_NAME or b"\0" in raw:
        raise ValueError(f"Invalid name {name!r}. Use 1 to {_LONGEST_NAME} bytes without NUL.")
    return raw
