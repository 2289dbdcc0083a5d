"""Where a growing Markdown text may be cut, so that what stands before the cut is never sent again."""

import re

_BLANK = re.compile(r"\n[ \t]*\n+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
# What follows a blank line and may yet belong to what stands before it: an indented line, an item, a quote.
_CONTINUES = re.compile(r"[ \t]|[-*+>|]|\d|\[")


def finished_chars(text: str) -> int:
    """How many characters at the head are whole blocks to which nothing that follows can belong."""
    end = 0
    for blank in _BLANK.finditer(text):
        following = text[blank.end() : blank.end() + 1]
        if following and not _CONTINUES.match(following) and not ends_inside_fence(text[end : blank.start()]):
            end = blank.end()
    return end


def ends_inside_fence(text: str) -> bool:
    """Whether a code fence that begins in `text` has not ended in it."""
    opened = ""
    for mark in _FENCE.findall(text):
        if not opened:
            opened = mark
        elif mark[0] == opened[0] and len(mark) >= len(opened):
            opened = ""
    return bool(opened)
