# SPDX-License-Identifier: MIT
"""A clone of an executable, and how its program is started from the descriptor."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any, Union

from . import _exeseal
from ._descriptor import Descriptor
from ._report import REPORT_SIZE, Error, Report, report_of

Argument = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

_ACTIVATION = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID")
_FIRST_SOCKET = 3
_LOWEST = 3  # below are standard input, output and error
_INHERIT = (
    "This process may execute the file. If the child may not access its /proc/PID/fd, "
    "use inherit=True."
)


class Sealed(Descriptor):
    """A clone of an executable: a read-only, close-on-exec descriptor and its report.

    run() and Popen() start the program with the interface of the module subprocess. The child
    executes /proc/PID/fd/N of this process, so that the program does not inherit the descriptor.

    - argv[0] is passed as it is given. A program like busybox behaves by it. For a script, the
      kernel replaces it with the interpreter and the path in /proc.
    - The interpreter of a script opens that path after the start. run() keeps it open until the
      program has ended. After Popen(), close the Sealed when the script has ended.
    - With inherit=True the child executes /proc/self/fd/N, and the program inherits the descriptor.
      This is required if the child may not access this process's
      /proc/PID/fd: with user= or group=, with Landlock in preexec_fn, or from a process that is not
      dumpable and lacks CAP_SYS_PTRACE.
    - The child looks up the path in its own root directory. Do not call chroot(2) in preexec_fn: a
      user who can write to the new root can put another program there.
    - If env is None, and pass_fds does not have all sockets that LISTEN_FDS announces, the program
      gets the environment without the variables of socket activation.
    """

    def __init__(self, fd: int, name: str, report: Report) -> None:
        super().__init__(fd, name)
        self.report = report

    def Popen(
        self, argv: Sequence[Argument], *, inherit: bool = False, **options: Any
    ) -> subprocess.Popen[Any]:
        """Starts the program, as subprocess.Popen does.

        argv: the arguments, argv[0] included; at least one.
        inherit: pass the descriptor to the program; see the class.
        options: those of subprocess.Popen, without executable and shell.

        Returns the subprocess.Popen. Raises Error, with the cause in its report, if the kernel does
        not execute the program; ValueError if the descriptor is closed.
        """
        with self._lock, _started(self.fileno(), self.name, argv, inherit, options) as arguments:
            return subprocess.Popen(**arguments)

    def run(
        self, argv: Sequence[Argument], *, inherit: bool = False, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        """Runs the program and waits for it, as subprocess.run does.

        argv, inherit: as for Popen().
        options: those of subprocess.run, without executable and shell.

        Returns the subprocess.CompletedProcess. Raises as Popen() and subprocess.run do.
        """
        with self._lock:
            own = fcntl.fcntl(self.fileno(), fcntl.F_DUPFD_CLOEXEC, _LOWEST)
        try:  # with a descriptor of its own: other threads may close this object meanwhile
            with _started(own, self.name, argv, inherit, options) as arguments:
                return subprocess.run(**arguments)
        finally:
            os.close(own)


@contextlib.contextmanager
def _started(
    fd: int, name: str, argv: Sequence[Argument], inherit: bool, options: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yields arguments of subprocess.Popen that execute fd, and adds the cause to a failure."""
    if isinstance(argv, (str, bytes)) or not argv:
        raise TypeError("argv is not a sequence of arguments with at least one entry")
    if wrong := {"args", "executable", "shell"} & options.keys():
        raise TypeError(f"{', '.join(sorted(wrong))}: the program is the sealed descriptor")
    sockets = tuple(options.get("pass_fds", ()))
    process = "self" if inherit else os.readlink("/proc/self")
    path = f"/proc/{process}/fd/{fd}"
    changed = {"env": environment_for(options.get("env"), sockets)}
    if inherit:
        changed["pass_fds"] = (*sockets, fd)
    try:
        yield {**options, **changed, "args": list(argv), "executable": path}
    except OSError as error:
        if error.filename != path or error.errno is None:
            raise
        report = bytearray(REPORT_SIZE)
        is_accessible = _exeseal.check(fd, report) == 0
        advice = _INHERIT if is_accessible and error.errno == errno.EACCES and not inherit else ""
        raise Error(error.errno, name, advice, report_of(bytes(report))) from error


def environment_for(env: Any, sockets: tuple[int, ...]) -> Any:
    """Returns env. Without env and the announced sockets, removes their announcement.

    The rule is that of exeseal_environment_filter(3): programs read a number with a sign or with
    leading zeros in different ways.
    """
    announced = os.environ.get("LISTEN_FDS")
    if env is not None or announced is None:
        return env
    for count in range(1, len(sockets) + 1):
        if str(count) == announced:
            if set(range(_FIRST_SOCKET, _FIRST_SOCKET + count)) <= set(sockets):
                return None
    return {name: value for name, value in os.environ.items() if name not in _ACTIVATION}
