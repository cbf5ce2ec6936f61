# SPDX-License-Identifier: MIT
"""Prints TAP: one line for each check. Above a failed one it prints the line and expression that
failed."""

import os
import traceback


class Skip(Exception):
    """Its text is the reason."""


def explained(error):
    """The lines from the check's own down to the failed one, then the assertion's text, which
    may be long."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # without report()
    return [*(f"{os.path.basename(frame.filename)}:{frame.lineno}: {frame.line}" for frame in frames), *str(error).splitlines()]


def report(checks, *arguments):
    """Calls each check, of a list of functions or a dictionary {name: function}, with the
    arguments."""
    if not isinstance(checks, dict):
        checks = {check.__name__.replace("_", " "): check for check in checks}
    print(f"1..{len(checks)}")
    for number, (name, check) in enumerate(checks.items(), 1):
        verdict, reason = "ok", ""
        try:
            check(*arguments)
        except Skip as skip:
            reason = f" # SKIP {skip}"
        except AssertionError as error:
            verdict = "not ok"
            print(*(f"# {line}" for line in explained(error)), sep="\n")
        print(f"{verdict} {number} - {name}{reason}", flush=True)
