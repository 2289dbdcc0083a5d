"""Draws an agent's text on the page."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.escape import REWRITTEN
from lib.ui.markdown.lines import Line, lines_of

# A page draws all its answers again in every run. The cache for long ones is small, because each takes much memory.
_converted = lru_cache(maxsize=1_000)(streamlit_markdown)
_converted_long = lru_cache(maxsize=8)(streamlit_markdown)
LONG_CHARS = 20_000


def draw_markdown(text: str, foot: str = "") -> None:
    """Draw the text as one element, with `foot` below it. `foot` is Streamlit's Markdown and is not converted.

    Use a container only if needed: the browser would keep in it elements of the running answer at the same position.
    """
    words = _converted(text) if len(text) <= LONG_CHARS else _converted_long(text)
    markdown = f"{words}\n\n{foot}" if foot else words
    if REWRITTEN in words:
        _draw_pieces(st.container(), markdown)
    else:
        st.markdown(markdown, anchors=False)


def draw_markdown_into(slot: DeltaGenerator, markdown: str) -> None:
    """Replace the content of the slot."""
    if REWRITTEN in markdown:
        _draw_pieces(slot.container(), markdown)
    else:
        slot.markdown(markdown, anchors=False)


def _draw_pieces(place: DeltaGenerator, markdown: str) -> None:
    for words, code, language in split_code(markdown):
        if words.strip():
            place.markdown(words, anchors=False)
        if code:
            place.code(code, language=language or None)


def split_code(markdown: str) -> Iterator[tuple[str, str, str]]:
    """Triples of words, code that must be an element of its own, and its language. Words or code may be empty.

    An element cannot be inside a list or a quote, so such code ends the list or quote. The lines after it in the same
    item lose their indentation, which would otherwise make them code.
    """
    words: list[str] = []
    lines = lines_of(markdown)
    at, blanks = 0, ""
    while at < len(lines):
        end = at + 1
        if lines[at].is_fenced:
            while end < len(lines) and lines[end].is_fenced and not lines[end].begins_block:
                end += 1
        if any(REWRITTEN in line.words for line in lines[at:end] if line.is_fenced):
            prefix = lines[at].prefix.rstrip()
            code, language = _unfenced(lines[at:end])
            yield "\n".join([*words, prefix] if prefix.strip(" >") else words), code, language
            words, blanks = [], lines[at].continuation if not lines[at].continuation.strip() else ""
        else:
            if lines[at].whole.strip() and not lines[at].whole.startswith(blanks):
                blanks = ""
            words += [line.whole.removeprefix(blanks) for line in lines[at:end]]
        at = end
    yield "\n".join(words), "", ""


def _unfenced(lines: Sequence[Line]) -> tuple[str, str]:
    """The code and its language. The last line is a fence unless the list or quote around the code ended first."""
    opening, last = lines[0].words, lines[-1].words.strip()
    fence = opening[: len(opening) - len(opening.lstrip(opening[0]))]
    has_end = len(lines) > 1 and last.startswith(fence) and not last.strip(fence[0])
    code = "\n".join(line.words for line in lines[1 : -1 if has_end else None])
    return code, opening.removeprefix(fence).strip()
