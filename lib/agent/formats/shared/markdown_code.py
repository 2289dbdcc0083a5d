"""Tells whether the end of a growing Markdown text is within code."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BACKTICKS = re.compile(r"`+")
_FENCE_CHARS = 6
"""Enough of a line to know whether it opens a fence."""


class MarkdownCodeTracker:
    """Takes a text in pieces. It reads each piece once, when `is_in_code` is called, so the cost stays linear."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._line: list[str] = []
        self._head = ""
        """The beginning of the last line."""
        self._fence = ""
        self._opened = ""
        """The backticks that opened inline code on the last line; empty if none is open."""

    def add(self, text: str) -> None:
        self._unread.append(text)

    def is_in_code(self) -> bool:
        """Whether text that follows is within code. That text must not begin with a backtick."""
        *lines, last = "".join(self._unread).split("\n")
        self._unread.clear()
        for line in lines:
            self._line.append(line)
            self._fence = _fence_after("".join(self._line), self._fence)
            self._line, self._head, self._opened = [], "", ""
        self._continue(last)
        return bool(self._fence or self._opened or _FENCE.match(self._head))

    def _continue(self, text: str) -> None:
        self._line.append(text)
        self._head += text[: max(0, _FENCE_CHARS - len(self._head))]
        for run in _BACKTICKS.findall(text):
            if not self._opened:
                self._opened = run
            elif run == self._opened:
                self._opened = ""


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line; empty if none is."""
    match = _FENCE.match(line)
    if not match:
        return fence
    marks, rest = match.groups()
    if not fence:
        return "" if marks[0] == "`" and "`" in rest else marks
    closes = marks.startswith(fence) and not rest.strip()
    return "" if closes else fence
