"""Tells stars that mark emphasis from all others, which are shown."""

import re
from dataclasses import dataclass

_STARTS_NONE = frozenset(")],.;:/%}!?=*|>+")
_ARGUMENTS = re.compile(r"(?:kw)?args\b|kw\b")
_BRACKETS = {")": "(", "]": "[", "}": "{"}
MAX_CHARS_BACK = 200


@dataclass(frozen=True)
class _Opened:
    """An open mark. Its stars end at `end` in the text and are item `index` of the output."""

    stars: int
    end: int
    index: int


class Emphasis:
    """The emphasis in one paragraph. Takes the groups of stars in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._opened: list[_Opened] = []

    def mark(self, start: int, end: int, index: int) -> str:
        """The Markdown for the stars from `start` to `end`. The caller makes it item `index` of the output."""
        stars = self._text[start:end]
        before, after = self._text[max(0, start - 1) : start], self._text[end : end + 1]
        if before.strip() and self._closes(len(stars), after):
            return stars
        if _opens(len(stars), before, after):
            self._opened.append(_Opened(len(stars), end, index))
            return stars
        return "\\*" * len(stars) if before.strip() or after.strip() else stars

    def closing(self, out: list[str]) -> str:
        """The stars that close all open bold text at the end of a growing text, so that it is bold from the first word.

        Single stars are not closed, because they may mean something else. Stars that look like code are escaped in
        `out`.
        """
        closing = ""
        for mark in reversed(self._opened):
            stars = "*" * mark.stars
            if mark.stars > 1 and not self._is_code(mark.end):
                closing += stars
            elif mark.stars > 1 and out[mark.index : mark.index + 1] == [stars]:
                out[mark.index] = "\\*" * mark.stars
        return closing

    def _closes(self, stars: int, after: str) -> bool:
        """Whether the stars close an open mark. Removes that mark."""
        lengths = {mark.stars for mark in self._opened}
        if stars in lengths and not (stars == 1 and after.isascii() and after.isalnum()):
            self._pop(stars)
        elif stars == 3 and {1, 2} <= lengths:
            self._pop(1)
            self._pop(2)
        elif stars < 3 and 3 in lengths:
            mark = self._pop(3)
            self._opened.append(_Opened(3 - stars, mark.end, mark.index))
        else:
            return False
        return True

    def _pop(self, stars: int) -> _Opened:
        """Remove the last open mark with this number of stars, as CommonMark does."""
        at = max(at for at, mark in enumerate(self._opened) if mark.stars == stars)
        return self._opened.pop(at)

    def _is_code(self, end: int) -> bool:
        """Whether stars are code, as in `f(*args, **kwargs)` or `{**defaults}`, or were not closed on their line."""
        return "\n" in self._text[end:] or bool(_ARGUMENTS.match(self._text, end)) or self._is_in_call(end)

    def _is_in_call(self, end: int) -> bool:
        """Whether the innermost bracket that is open at `end` is a brace or follows a name."""
        closed: list[str] = []
        for at in range(end - 1, max(-1, end - MAX_CHARS_BACK), -1):
            sign = self._text[at]
            if sign in _BRACKETS:
                closed.append(_BRACKETS[sign])
            elif closed and sign == closed[-1]:
                closed.pop()
            elif sign in _BRACKETS.values():
                before = self._text[max(0, at - 1) : at]
                return sign == "{" or before.isalnum() or before == "_"
        return False


def _opens(stars: int, before: str, after: str) -> bool:
    """Whether stars open emphasis. Those in `2**3`, `COUNT(*)`, `*.csv` and `a*b` do not."""
    if not after.strip() or stars > 3:
        return False
    is_beside_word = before.isascii() and before.isalnum()
    if stars == 1:
        return not is_beside_word and after not in _STARTS_NONE
    return not (is_beside_word or (before in (")", "]") and after.isdigit()))
