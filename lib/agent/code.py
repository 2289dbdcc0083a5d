"""Where in a growing Markdown text code stands."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_BACKTICKS = re.compile(r"`+")


class CodeWatch:
    """Is told a text piece by piece; looks at it only when asked, and at no whole line twice."""

    def __init__(self) -> None:
        self._unseen: list[str] = []
        self._fence = ""

    def add(self, text: str) -> None:
        self._unseen.append(text)

    def holds(self, more: str) -> bool:
        """Whether what follows the text told so far and `more` stands in code."""
        *lines, last = "".join(self._unseen).split("\n")
        for line in lines:
            self._fence = _fence_after(line, self._fence)
        self._unseen = [last]
        *lines, last = (last + more).split("\n")
        fence = self._fence
        for line in lines:
            fence = _fence_after(line, fence)
        return bool(fence) or bool(_FENCE.match(last)) or _is_in_span(last)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open behind a line; empty: none."""
    found = _FENCE.match(line)
    if not found:
        return fence
    marks, rest = found.groups()
    if not fence:
        return "" if marks[0] == "`" and "`" in rest else marks
    closes = marks.startswith(fence) and not rest.strip()
    return "" if closes else fence


def _is_in_span(line: str) -> bool:
    """Whether code that a backtick began on this line has not ended at its end."""
    opened = ""
    for run in _BACKTICKS.findall(line):
        if not opened:
            opened = run
        elif run == opened:
            opened = ""
    return bool(opened)
