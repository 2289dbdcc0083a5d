"""An agent's words on the page."""

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.lines import LineReader

_REWRITTEN = ":material/"
"""Streamlit makes `:material_` of it before it reads Markdown, in code as well, where nothing can be escaped."""


def draw_markdown(text: str, foot: str = "") -> None:
    """As one element. `foot` is ours, in Streamlit's Markdown, below the words.

    No container where none is needed: it would go on with what the running answer held in the same place.
    """
    words = streamlit_markdown(text)
    markdown = f"{words}\n\n{foot}" if foot else words
    if _REWRITTEN in words:
        _draw_pieces(st.container(), markdown)
    else:
        st.markdown(markdown, anchors=False)


def draw_markdown_into(slot: DeltaGenerator, markdown: str) -> None:
    """Instead of what stands there."""
    if _REWRITTEN in markdown:
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
    """Words, then code that has to be an element of its own, with its language; both may be empty."""
    reader = LineReader()
    words: list[str] = []
    fenced: list[str] = []
    for raw in markdown.split("\n"):
        was_open = reader.open_fence
        line = reader.read(raw)
        if was_open and line.is_code and not line.begins_block and fenced:
            fenced.append(raw)
            if not reader.open_fence:
                code = "\n".join(fenced[1:-1])
                if _REWRITTEN in code:
                    yield "\n".join(words), code, fenced[0].lstrip(" ").lstrip(fenced[0].lstrip(" ")[0]).strip()
                    words = []
                else:
                    words += fenced
                fenced = []
        elif line.is_code and line.begins_block and not line.prefix.strip() and len(line.prefix) < 4:
            fenced = [raw]
        else:
            words.append(raw)
    yield "\n".join([*words, *fenced]), "", ""
