"""Footnotes: Streamlit's Markdown has none, so they become small numbers and lines at the end."""

import re

from lib.ui.markdown.html import raised
from lib.ui.markdown.lines import lines_of

_NOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*(.*)")
_LITERAL = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+-.!~|<>$:=&^\"'/"}


def split_footnotes(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without its footnotes, and these with their labels: wherever they are written, they stand at the end."""
    if "[^" not in text:
        return text, []
    kept: list[str] = []
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
            kept.append(raw)
    return "\n".join(kept), notes


def footnote_reference(label: str, known: frozenset[str]) -> str:
    """Of `[^label]`: a mark if the text has that footnote or the label is a small number, else what stands there."""
    is_mark = label in known or (label.isdecimal() and len(label) < 3)
    return footnote_mark(label) if is_mark else f"\\[^{label.translate(_LITERAL)}\\]"


def footnote_mark(label: str) -> str:
    return raised(label) if label.isdecimal() else f"\\[{label.translate(_LITERAL)}\\]"
