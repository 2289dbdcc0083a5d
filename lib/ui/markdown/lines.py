"""Reads the lines of a Markdown text by CommonMark's rules: the lists and quotes around each, and which are code."""

import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

_MARKER = re.compile(r"([-+*]|\d{1,9}[.)])([ \t]+|$)")
_RULE = re.compile(r"(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,}")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_BLANKS = (" ", "\t")
JOINED, BROKEN = "\x00", "\x01"
"""Marks in converted words: a line end that becomes a space, and a line end that the text did not have."""
QUOTE = 0
"""A quote in the list of containers. Any other number is a list item: the width of its indentation."""


class Line(NamedTuple):
    """A line is `prefix` (the marks of lists and quotes, and blanks) and `words`.

    `begins_block`: the line does not continue the words before it. `is_fenced`: it is a fence, or code between fences.
    """

    prefix: str
    words: str
    is_code: bool = False
    begins_block: bool = False
    is_fenced: bool = False

    @property
    def is_indented(self) -> bool:
        """Whether this is code without fences."""
        return self.is_code and not self.is_fenced

    @property
    def goes_on_with_code(self) -> bool:
        """Whether the line belongs to indented code before it, provided that there is some."""
        return not (self.begins_block or self.words.strip()) or (self.is_indented and not self.begins_block)

    @property
    def whole(self) -> str:
        return self.prefix + self.words

    @property
    def continuation(self) -> str:
        """The prefix of the next line in the same containers."""
        return re.sub(r"[^>\s]", " ", self.prefix)


def lines_of(text: str) -> list[Line]:
    return list(map(LineReader().read, text.split("\n")))


def with_prefixes(shown: str, lines: Sequence[Line]) -> str:
    """Put the prefixes back before each line of a converted paragraph."""
    out, number = [lines[0].prefix], 0
    for piece in re.split(f"([\n{JOINED}{BROKEN}])", shown):
        if piece == BROKEN:
            out.append(f"\n{lines[number].continuation}")
        elif piece in ("\n", JOINED):
            number += 1
            out.append(f"\n{lines[number].prefix}" if piece == "\n" else " ")
        else:
            out.append(piece)
    return "".join(out)


def fenced(lines: Sequence[Line]) -> list[str]:
    """Indented code between two fences."""
    code = textwrap.dedent("\n".join(line.words for line in lines)).rstrip()
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    prefix = lines[0].continuation
    return [lines[0].prefix + fence, *(prefix + each for each in [*code.split("\n"), fence]), prefix.rstrip()]


class LineReader:
    """Reads a text line by line, in the two steps that CommonMark prescribes.

    For each line it finds first how many of the open containers (quotes, list items) the line continues, and then which
    containers it opens. A line of words may continue a paragraph without continuing its containers (a lazy
    continuation).
    """

    def __init__(self) -> None:
        self._containers: list[int] = []
        self._fence = ""
        self._fence_depth = 0
        self._in_words = False
        """Whether the last line belongs to a paragraph that the next line may continue."""

    @property
    def open_fence(self) -> str:
        """The fence that would close the code at the last line; empty outside of code."""
        return self._fence

    def read(self, line: str) -> Line:
        if line[:1].isalpha() and not (self._containers or self._fence):
            # A short cut: most lines are only words.
            self._in_words = True
            return Line("", line)
        at, matched = self._matched(line)
        if self._fence and matched >= self._fence_depth:
            return self._in_fence(line, at)
        self._fence = ""
        at, opened = self._open(line, at, matched)
        rest = line[at:]
        indent = _width(rest)
        if not rest.strip():
            self._in_words = False
            return Line(line[:at], "", begins_block=opened)
        goes_on = self._in_words and not opened
        if not goes_on and matched < len(self._containers) and not opened:
            del self._containers[matched:]
        if indent >= 4 and not goes_on:
            return Line(line[:at], line[at:], is_code=True, begins_block=opened)
        at += len(rest) - len(rest.lstrip(" \t"))
        if indent < 4 and (fence := _FENCE.match(line, at)):
            if not opened:
                del self._containers[matched:]
            self._fence, self._fence_depth, self._in_words = fence[1], len(self._containers), False
            return Line(line[:at], line[at:], is_code=True, begins_block=True, is_fenced=True)
        self._in_words = not line.startswith("#", at)
        return Line(line[:at], line[at:], begins_block=opened)

    def _matched(self, line: str) -> tuple[int, int]:
        """The position after the marks of the open containers, and the number of containers that the line continues."""
        at = 0
        for number, container in enumerate(self._containers):
            rest = line[at:]
            if container == QUOTE:
                quote = re.match(r" {0,3}> ?", rest)
                if quote is None:
                    return at, number
                at += quote.end()
            elif not rest.strip():
                at = len(line)
            elif _width(rest) >= container:
                at += _chars(rest, container)
            else:
                return at, number
        return at, len(self._containers)

    def _open(self, line: str, at: int, matched: int) -> tuple[int, bool]:
        """The position after the marks of new containers, and whether the line opens one.

        The first new container closes those that the line does not continue.
        """
        opened = False
        while True:
            rest = line[at:]
            stripped = rest.lstrip(" \t")
            indent = _width(rest)
            if indent >= 4:
                break
            skipped = len(rest) - len(stripped)
            marker = None if _RULE.fullmatch(stripped) else _MARKER.match(stripped)
            if stripped.startswith(">"):
                width = QUOTE
                end = at + skipped + (2 if stripped[1:2] == " " else 1)
            elif marker and self._may_begin(marker, stripped, is_first=not opened and matched == len(self._containers)):
                space = len(marker[2].expandtabs(4))
                is_code_or_empty = space > 4 or marker.end() == len(stripped)
                width = indent + len(marker[1]) + (1 if is_code_or_empty else space)
                end = at + skipped + len(marker[1]) + (min(1, len(marker[2])) if is_code_or_empty else len(marker[2]))
            else:
                break
            if not opened:
                del self._containers[matched:]
            self._containers.append(width)
            at, opened = end, True
        return at, opened

    def _may_begin(self, marker: re.Match[str], text: str, *, is_first: bool) -> bool:
        """Whether the marker may begin an item: only one with words, numbered 1 if at all, ends a paragraph."""
        if not (self._in_words and is_first):
            return True
        return marker.end() < len(text) and marker[1] in ("-", "+", "*", "1.", "1)")

    def _in_fence(self, line: str, at: int) -> Line:
        rest = line[at:].strip()
        if len(rest) >= len(self._fence) and not rest.strip(self._fence[0]) and _width(line[at:]) < 4:
            self._fence = ""
        return Line(line[:at], line[at:], is_code=True, is_fenced=True)


def _width(text: str) -> int:
    """The width in columns of the blanks at the beginning."""
    if text[:1] not in _BLANKS:
        return 0
    blank = text[: len(text) - len(text.lstrip(" \t"))]
    return len(blank.expandtabs(4))


def _chars(text: str, width: int) -> int:
    """How many characters at the beginning fill `width` columns."""
    return next((n for n in range(width + 1) if len(text[:n].expandtabs(4)) >= width), width)
