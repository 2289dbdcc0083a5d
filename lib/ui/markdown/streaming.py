"""Finds where the finished blocks of a growing text end. They need not be sent again."""

import re

# A blank line with the next character, or the beginning or end of a block that may contain blank lines: code, a
# formula, a table.
_MARK = re.compile(
    r"\n[ \t]*\n+(?P<following>[^\n]?)"
    r"|^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
    r"|^ {0,3}(?P<formula>\$\$|\\\[)[ \t]*$"
    r"|^ {0,3}(?P<table><table\b)"
    r"|(?P<end>\$\$|\\\]|</table)",
    re.MULTILINE | re.IGNORECASE,
)
# After a blank line, these may continue the block before it: an indented line, an item, a quote, a table.
_CONTINUES = re.compile(r"[ \t]|[-*+>|]|\d|\[")
_ENDS = {"$$": "$$", "\\[": "\\]", "<table": "</table"}


def finished_chars(text: str) -> int:
    """How many characters at the beginning are whole blocks that later text cannot change."""
    end, at, opened, begins = 0, 0, "", ""
    while mark := _MARK.search(text, at):
        at = mark.end()
        if mark["following"] is not None:
            # The next match may begin with this character, since a fence may follow the blank line.
            at -= len(mark["following"])
            if mark["following"] and not opened and not _CONTINUES.match(mark["following"]):
                end = at
        else:
            was_open, opened = opened, _opened(opened, mark)
            begins = begins if was_open else mark[0]
            # Without indentation the code is in no list. Code may be a figure, which must not be drawn again and again.
            if was_open and not opened and mark[0][0] == begins[0] in "`~" and text[at : at + 1] == "\n":
                end = at + 1
    return end


def _opened(opened: str, mark: re.Match[str]) -> str:
    """The sign of the block that is open after this mark; `opened` was open before it. Empty if none is open."""
    if not opened:
        return mark["fence"] or mark["formula"] or (mark["table"] or "").lower()
    if opened in _ENDS:
        return "" if _ENDS[opened] in (mark["formula"], (mark["end"] or "").lower()) else opened
    fence = mark["fence"] or ""
    is_end = fence.startswith(opened) and not mark["info"].strip()
    return "" if is_end else opened
