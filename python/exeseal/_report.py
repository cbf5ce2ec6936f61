# SPDX-License-Identifier: MIT
"""Reports: the attempts of a call and its result, as Python data."""

from __future__ import annotations

import dataclasses
import os
import struct

from . import _exeseal
from ._enums import Evidence, Guarantee, Step, Strategy

_HEAD = struct.Struct("=QQQIIII")
_ATTEMPT = struct.Struct("=IIi48s")
_ATTEMPTS = 16
_DIGEST = struct.Struct("=II64s")
_ALGORITHMS = {1: "sha256", 2: "sha512"}
_LONGEST_TEXT = 1 << 14  # bytes: more than 16 attempts with their advice have

REPORT_SIZE = _HEAD.size + _ATTEMPTS * _ATTEMPT.size + _DIGEST.size
DIGEST_SIZE = _DIGEST.size


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One attempt of one strategy in one place.

    strategy: Strategy.NONE if the failure came before any strategy was tried.
    step: the step that failed; Step.DONE if the attempt worked.
    errno: the errno of the failure; 0 if the attempt worked.
    where: the directory, kernel setting or object that the step concerns, or "".
    advice: how to resolve the failure, or "" if there is no advice.
    """

    strategy: Strategy
    step: Step
    errno: int
    where: str
    advice: str


@dataclasses.dataclass(frozen=True)
class Report:
    """The attempts of a call, in their order, and its result.

    strategy: the strategy that worked; Strategy.NONE after a failure.
    guarantees: what the result promises.
    evidence: how it is known that the source did not change.
    bytes: the size of the result.
    huge_bytes: how many bytes are in huge pages, at least; 0 for strategies other than memfd.
    digest: the fs-verity digest of a result of strategy verity, "sha256:..."; otherwise "".
    retries: how often a copy was made again, or waited for another holder of the result.
    attempts: the first 16 attempts.
    text: a line for the result and one for each failed attempt, with advice: str(report).
    """

    strategy: Strategy = Strategy.NONE
    guarantees: Guarantee = Guarantee(0)
    evidence: Evidence = Evidence.NONE
    bytes: int = 0
    huge_bytes: int = 0
    digest: str = ""
    retries: int = 0
    attempts: tuple[Attempt, ...] = ()
    text: str = ""

    def __str__(self) -> str:
        return self.text


class Error(OSError):
    """A failed call of the core, or a program that the kernel did not execute.

    errno, strerror and filename are those of OSError; filename is the name that the call concerns.

    report: the attempts; an empty Report after resolve() and inspect().
    details: lines of text with the reasons and the advice; they are a part of str(error).
    """

    __module__ = "exeseal"

    def __init__(
        self, number: int, name: str, details: str = "", report: Report = Report()
    ) -> None:
        super().__init__(number, os.strerror(number), name)
        self.details = details or report.text
        self.report = report

    def __reduce__(self) -> tuple[type[Error], tuple[object, ...]]:
        return type(self), (self.errno, self.filename, self.details, self.report)

    def __str__(self) -> str:
        return "\n".join(filter(None, (super().__str__(), self.details)))


def _until_nul(raw: bytes) -> str:
    return os.fsdecode(raw.split(b"\0", 1)[0])


def digest_text(raw: bytes) -> str:
    """Returns struct exeseal_digest as fsverity(1) prints it, or ""."""
    algorithm, size, value = _DIGEST.unpack(raw)
    return f"{_ALGORITHMS[algorithm]}:{value[:size].hex()}" if algorithm in _ALGORITHMS else ""


def _advice(strategy: int, step: int, error: int) -> str:
    text = bytearray(1024)
    length = _exeseal.advice(strategy, step, error, text) if error else 0
    return text[:length].decode() if length > 0 else ""


def _format(raw: bytes) -> str:
    text = bytearray(_LONGEST_TEXT)
    length = _exeseal.format_report(raw, text)
    return os.fsdecode(bytes(text[: max(0, length)])).rstrip("\n")


def report_of(raw: bytes) -> Report:
    """Returns struct exeseal_report as a Report."""
    guarantees, size, huge, strategy, evidence, retries, count = _HEAD.unpack_from(raw)
    attempts = []
    for i in range(min(count, _ATTEMPTS)):
        tried, step, error, where = _ATTEMPT.unpack_from(raw, _HEAD.size + i * _ATTEMPT.size)
        attempts.append(
            Attempt(
                Strategy(tried), Step(step), error, _until_nul(where), _advice(tried, step, error)
            )
        )
    return Report(
        strategy=Strategy(strategy),
        guarantees=Guarantee(guarantees),
        evidence=Evidence(evidence),
        bytes=size,
        huge_bytes=huge,
        digest=digest_text(raw[-_DIGEST.size :]),
        retries=retries,
        attempts=tuple(attempts),
        text=_format(raw),
    )
