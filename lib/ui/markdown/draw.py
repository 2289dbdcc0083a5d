"""Draws an agent's text on the page."""

from collections.abc import Sequence
from functools import lru_cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.messages.citation_marks import unmarked
from lib.ui.language import language
from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.figures import draw_code
from lib.ui.markdown.pieces import has_pieces, split_code

LONG_CHARS = 20_000


def _convert(text: str, _language: str) -> str:
    """It has a few words of the interface."""
    return streamlit_markdown(text)


# A page draws all its answers again in every run. The cache for long ones is small, because each takes much memory.
_converted = lru_cache(maxsize=1_000)(_convert)
_converted_long = lru_cache(maxsize=8)(_convert)


def draw_markdown(text: str, foot: str = "", *, figures: bool = True, marks: Sequence[str] = ()) -> None:
    """Draw the text as one element, with `foot` below it.

    `foot` and `marks`, which stand for the sources that are cited in the text, are Streamlit's Markdown.

    Use a container only if needed: the browser would keep in it elements of the running answer at the same position.
    Without `figures`, charts and diagrams stay code.
    """
    words = (_converted if len(text) <= LONG_CHARS else _converted_long)(text, language())
    words = unmarked(words, lambda number: marks[number - 1] if number <= len(marks) else "")
    markdown = f"{words}\n\n{foot}" if foot else words
    if has_pieces(words):
        _draw_pieces(st.container(), markdown, figures=figures)
    else:
        st.markdown(markdown, anchors=False)


def draw_markdown_into(slot: DeltaGenerator, markdown: str) -> None:
    """Replace the content of the slot."""
    if has_pieces(markdown):
        _draw_pieces(slot.container(), markdown, figures=True)
    else:
        slot.markdown(markdown, anchors=False)


def _draw_pieces(place: DeltaGenerator, markdown: str, *, figures: bool) -> None:
    for words, code, named in _pieces(markdown):
        if words.strip():
            place.markdown(words, anchors=False)
        if code:
            draw_code(place, code, named, figures=figures)


@lru_cache(maxsize=64)
def _pieces(markdown: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(split_code(markdown))
