# SPDX-License-Identifier: MIT
"""A descriptor with an owner, which closes it."""

from __future__ import annotations

import os
import threading
import warnings
import weakref
from types import TracebackType
from typing import NoReturn, Optional, TypeVar

_Self = TypeVar("_Self", bound="Descriptor")


class Descriptor:
    """An open, close-on-exec descriptor, and the name of what it refers to.

    It is a context manager that closes the descriptor. All methods may be called from any thread,
    and in a child of os.fork(). It cannot be copied or pickled, because it owns its descriptor.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self._lock = threading.RLock()  # the number stays valid while this is held
        self.name = name
        _descriptors.add(self)

    def fileno(self) -> int:
        """Returns the descriptor. Raises ValueError if it was closed or detached."""
        with self._lock:
            if self._fd < 0:
                raise ValueError(f"{self.name!r} is closed")
            return self._fd

    def detach(self) -> int:
        """Returns the descriptor, which the caller then owns and closes."""
        with self._lock:
            fd = self.fileno()
            self._fd = -1
            return fd

    def close(self) -> None:
        """Closes the descriptor. Does nothing if it was closed or detached."""
        with self._lock:
            if self._fd >= 0:
                os.close(self.detach())

    @property
    def closed(self) -> bool:
        """Whether the descriptor was closed or detached."""
        return self._fd < 0

    def __enter__(self: _Self) -> _Self:
        self.fileno()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            text = f"unclosed {self!r}"
            self.close()
            warnings.warn(text, ResourceWarning, source=self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} cannot be copied or pickled: it owns a descriptor.")

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"fd={self._fd}"
        return f"<exeseal.{type(self).__name__} {self.name!r} {state}>"


_descriptors: weakref.WeakSet[Descriptor] = weakref.WeakSet()


def _renew_locks() -> None:
    """Frees the locks in a forked child: the threads that held them are not there."""
    for descriptor in _descriptors:
        descriptor._lock = threading.RLock()


os.register_at_fork(after_in_child=_renew_locks)
