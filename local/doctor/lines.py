"""Prints findings: a line for each with a mark, and beneath it what to run."""

import os
import sys
import textwrap
from collections.abc import Iterable
from typing import TextIO

from lib.checks.finding import Finding, Status

WIDTH = 80
MARKS: dict[Status, str] = {"good": "✓", "warning": "!", "bad": "✗", "unknown": "?"}
PLAIN: dict[Status, str] = {"good": "+", "warning": "!", "bad": "x", "unknown": "?"}
"""For a terminal that cannot show the others."""
COLOURS: dict[Status, str] = {"good": "\x1b[32m", "warning": "\x1b[33m", "bad": "\x1b[31m", "unknown": "\x1b[2m"}
_RESET = "\x1b[0m"
COUNTED: dict[Status, tuple[str, str]] = {
    "bad": ("does not work", "do not work"),
    "warning": ("warning", "warnings"),
    "unknown": ("unknown", "unknown"),
    "good": ("good", "good"),
}


class Lines:
    """In colour only on a terminal, and not where NO_COLOR is set."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Without `out`, to the standard output of now."""
        self._out = out = out or sys.stdout
        self._colours = out.isatty() and not os.environ.get("NO_COLOR")
        self._marks = MARKS if _shows(out, "".join(MARKS.values())) else PLAIN

    def heading(self, text: str) -> None:
        self._print(f"\n{text}")

    def finding(self, finding: Finding) -> None:
        mark = self._marks[finding.status]
        first, *others = textwrap.wrap(
            f"{finding.name}. {finding.says}", WIDTH - 4, break_long_words=False, break_on_hyphens=False
        )
        colour, reset = (COLOURS[finding.status], _RESET) if self._colours else ("", "")
        self._print(f"  {colour}{mark}{reset} {first}")
        for line in others:
            self._print(f"    {line}")
        if finding.status != "good":
            # Never wrapped: it is to be copied.
            self._print(*(f"      {line}" for line in finding.fix.splitlines()))

    def summary(self, findings: Iterable[Finding]) -> None:
        statuses = [finding.status for finding in findings]
        counts = [(statuses.count(status), COUNTED[status]) for status in COUNTED]
        self._print("\n" + ", ".join(f"{number} {words[number != 1]}" for number, words in counts if number))

    def _print(self, *lines: str) -> None:
        for line in lines:
            encoding = self._out.encoding or "utf-8"
            print(line.encode(encoding, "replace").decode(encoding), file=self._out, flush=True)


def _shows(out: TextIO, text: str) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
