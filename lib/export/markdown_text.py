"""Text of others as a piece of a Markdown file: shown as it is, and with no effect on what follows it."""

import re
from collections.abc import Sequence
from typing import Any

_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~&$!]")
_BEGINNING = re.compile(r"[-+](?=\s|\Z)|[-=](?=[-=\s]*\Z)|\d{1,9}(?=[.)](?:\s|\Z))")
_FENCE = re.compile(r" {0,3}(?P<ticks>`{3,}|~{3,})(?P<rest>[^\n]*)")
_TICKS = re.compile(r"`{3,}")
# HTML that a reader of Markdown takes as going on until a line with its end, over blank lines, and what that end is
# (https://spec.commonmark.org/0.31.2/#html-blocks).
_LONG_HTML = [
    (re.compile(f" {{0,3}}{begin}", re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        (r"<(script|pre|style|textarea)(?=[\s>]|\Z)", r"</(script|pre|style|textarea)>"),
        ("<!--", "-->"),
        (r"<\?", r"\?>"),
        (r"<!\[CDATA\[", r"\]\]>"),
        ("<![A-Z]", ">"),
    )
]


def escaped(text: str) -> str:
    """On one line, without any formatting."""
    text = _SIGNS.sub(r"\\\g<0>", " ".join(text.split("\n")).replace("\r", " ").strip())
    beginning = _BEGINNING.match(text)
    if beginning is None:
        return text
    at = beginning.end() if text[0].isdigit() else 0
    return f"{text[:at]}\\{text[at:]}"


def verbatim(text: str) -> str:
    """What a person wrote: as words if it is one line, else in a fence, which keeps every blank and line."""
    return fenced(text, "text") if "\n" in text.strip() else escaped(text)


def fenced(text: str, language: str = "") -> str:
    ticks = max([3, *(len(run) + 1 for run in _TICKS.findall(text))]) * "`"
    return f"{ticks}{language}\n{text.replace(chr(13), '').rstrip(chr(10))}\n{ticks}"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def closed(text: str) -> str:
    """Markdown of an agent, as it is, with the end of what it began and did not end: an answer may break off."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last_ends = _last_ends(lines)
    fence, html_end, has_html = "", None, False
    for place, line in enumerate(lines):
        found = _FENCE.match(line)
        # HTML of other kinds goes on to the next blank line. Nothing else begins before that.
        beginning = "\n" if has_html else ""
        if fence:
            is_end = found and found["ticks"].startswith(fence) and not found["rest"].strip()
            fence = "" if is_end else fence
        elif html_end:
            html_end = None if html_end.search(line) else html_end
        elif found and not (found["ticks"][0] == "`" and "`" in found["rest"]):
            fence = found["ticks"]
            lines[place] = beginning + line
        elif (end := _end_of_html(line)) and not end.search(line):
            # An indented line may belong to a list, whose end would end the HTML, so it cannot be told where it ends.
            if line.startswith("<") and last_ends.get(end, -1) > place:
                html_end = end
                lines[place] = beginning + line
            else:
                lines[place] = line.replace("<", "\\<", 1)
        is_text = not (fence or html_end) and bool(line.strip())
        has_html = is_text and (has_html or line.lstrip().startswith("<"))
    return "\n".join([*lines, fence] if fence else lines)


def _last_ends(lines: Sequence[str]) -> dict[re.Pattern[str], int]:
    """Of each sign that ends such HTML, the last line that has it."""
    places = [(place, line) for place, line in enumerate(lines) if ">" in line]
    return {end: place for _, end in _LONG_HTML for place, line in places if end.search(line)}


def _end_of_html(line: str) -> re.Pattern[str] | None:
    """What ends the HTML that begins with the line; None if none begins."""
    return next((end for begin, end in _LONG_HTML if begin.match(line)), None)


def link(text: str, url: str) -> str:
    """`url` must be a web address."""
    target = "".join(f"%{ord(sign):02X}" if sign in "<>\\ \n\r\t" else sign for sign in url)
    return f"[{escaped(text)}](<{target}>)"


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    rules = ["---:" if rows and all(_is_number(row[place]) for row in rows) else "---" for place in range(len(columns))]
    return "\n".join([_row(columns), f"| {' | '.join(rules)} |", *map(_row, rows)])


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join('' if cell is None else escaped(str(cell)) for cell in cells)} |"


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
