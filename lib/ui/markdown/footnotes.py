"""Turns footnotes, which Streamlit's Markdown does not have, into small numbers and lines at the end."""

import re

from lib.ui.markdown.html import raised
from lib.ui.markdown.lines import lines_of

_NOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*(.*)")
_LITERAL = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+-.!~|<>$:=&^\"'/"}


def split_footnotes(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without its footnotes, and the footnotes as pairs of label and words."""
    if "[^" not in text:
        return text, []
    other_lines: list[str] = []
    notes: list[tuple[str, str]] = []
    in_note = False
    for line, raw in zip(lines_of(text), text.split("\n"), strict=True):
        if not line.is_code and not line.prefix.strip() and (note := _NOTE.match(line.words)):
            notes.append((note[1], note[2]))
            in_note = True
        elif in_note and line.words and not line.begins_block:
            label, words = notes[-1]
            notes[-1] = label, f"{words} {line.words.strip()}".strip()
        else:
            in_note = False
            other_lines.append(raw)
    return "\n".join(other_lines), notes


def footnote_reference(label: str, noted: frozenset[str]) -> str:
    """The Markdown for `[^label]`: a mark if the footnote exists or the label is a small number, else the text."""
    is_mark = label in noted or (label.isdecimal() and len(label) < 3)
    return footnote_mark(label) if is_mark else f"\\[^{label.translate(_LITERAL)}\\]"


def footnote_mark(label: str) -> str:
    return raised(label) if label.isdecimal() else f"\\[{label.translate(_LITERAL)}\\]"
