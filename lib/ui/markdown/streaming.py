"""Where a growing Markdown text may be cut, so that what stands before the cut is never sent again."""

import re

# A blank line and what follows it; or a sign that begins or ends what may hold blank lines: code, a formula, a table.
_MARK = re.compile(
    r"\n[ \t]*\n+(?P<following>[^\n]?)"
    r"|^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
    r"|^ {0,3}(?P<formula>\$\$|\\\[)[ \t]*$"
    r"|^ {0,3}(?P<table><table\b)"
    r"|(?P<end>\$\$|\\\]|</table)",
    re.MULTILINE | re.IGNORECASE,
)
# What follows a blank line and may yet belong to what stands before it: an indented line, an item, a quote.
_CONTINUES = re.compile(r"[ \t]|[-*+>|]|\d|\[")
_ENDS = {"$$": "$$", "\\[": "\\]", "<table": "</table"}


def finished_chars(text: str) -> int:
    """How many characters at the head are whole blocks to which nothing that follows can belong."""
    end, at, opened = 0, 0, ""
    while mark := _MARK.search(text, at):
        at = mark.end()
        if mark["following"] is not None:
            # A fence may stand right behind the blank line.
            at -= len(mark["following"])
            if mark["following"] and not opened and not _CONTINUES.match(mark["following"]):
                end = at
        else:
            opened = _opened(opened, mark)
    return end


def _opened(opened: str, mark: re.Match[str]) -> str:
    """The sign of what is open after one that stands inside `opened`."""
    if not opened:
        return mark["fence"] or mark["formula"] or (mark["table"] or "").lower()
    if opened in _ENDS:
        return "" if _ENDS[opened] in (mark["formula"], (mark["end"] or "").lower()) else opened
    fence = mark["fence"] or ""
    is_end = fence.startswith(opened) and not mark["info"].strip()
    return "" if is_end else opened
