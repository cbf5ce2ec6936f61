# SPDX-License-Identifier: MIT
"""The base classes of the enums: members have the core's names as text."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Callable, TypeVar, Union

from . import _exeseal

_LONGEST = 64  # bytes: more than any name has

_Member = TypeVar("_Member", bound="Named")


def text_of(name: Callable[[int, bytearray], int], number: int) -> str:
    """Returns what a function of the core writes for a number; "" if it has no text for it."""
    buffer = bytearray(_LONGEST)
    length = name(number, buffer)
    return buffer[:length].decode() if length > 0 else ""


class Named(enum.IntEnum):
    """A number whose text is the core's name for it: str(Strategy.MEMFD) is "memfd"."""

    def __str__(self) -> str:
        return text_of(getattr(_exeseal, type(self).__name__.lower() + "_name"), self)

    @classmethod
    def of(cls: type[_Member], value: Union[int, str]) -> _Member:
        """Returns the member for a number or a name. Raises ValueError for an unknown one."""
        if not isinstance(value, str):
            return cls(value)
        for member in cls:
            if str(member) == value:
                return member
        raise ValueError(f"{value!r} is unknown. Use {_listed(cls)}.")


class NamedFlag(enum.IntFlag):
    """Bits whose text is a list of the core's names: "read-only,sealed"."""

    def __str__(self) -> str:
        return ",".join(
            text_of(_exeseal.guarantee_name, bit.bit_length() - 1)
            for bit in type(self)
            if bit & self
        )


    @classmethod
    def bits_of(cls, value: Union[int, str]) -> int:
        """Returns the bits of a number or of names. Raises ValueError for an unknown name."""
        bits = _exeseal.parse_guarantees(value) if isinstance(value, str) else int(value)
        if bits < 0:
            raise ValueError(f"{value!r} is unknown. Use a list of {_listed(cls)}.")
        return bits


def _listed(members: Iterable[enum.Enum]) -> str:
    return ", ".join(repr(str(member)) for member in members)
