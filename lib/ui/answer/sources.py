"""Draws the sources of an answer: their marks in its text, and a list that opens, in one element."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from lib.messages.parts import Citation, Part
from lib.messages.web_url import is_web_url
from lib.ui.markdown.escape import link
from lib.workspace import source_url


def source_marks(parts: Sequence[Part]) -> list[str]:
    """What stands in the text for each source, in Streamlit's Markdown: its number, which leads to it."""
    citations = [part for part in parts if isinstance(part, Citation)]
    return [_mark(number, citation) for number, citation in enumerate(citations, start=1)]


def draw_sources(sources: Sequence[tuple[int, Citation]]) -> None:
    """Draw names and places, and each passage in a list item that opens. `sources` have their numbers."""
    items = "".join(f'<li value="{number}">{_item(citation)}</li>' for number, citation in sources)
    count = "1 source" if len(sources) == 1 else f"{len(sources)} sources"
    st.html(f'<details class="sources"><summary>{count}</summary><ol>{items}</ol></details>')


def _mark(number: int, citation: Citation) -> str:
    url = source_url(citation.url, citation.path)
    shown = link(f"[{number}]", url) if is_web_url(url) else f"\\[{number}\\]"
    return f":small[:gray[{shown}]]"


def _item(citation: Citation) -> str:
    name, url = escape(citation.title or citation.url or "Unnamed source"), source_url(citation.url, citation.path)
    if is_web_url(url):
        name = f'<a href="{escape(url)}" target="_blank" rel="noreferrer">{name}</a>'
    head = f"{name}, {escape(citation.place)}" if citation.place else name
    passage = f"<blockquote>{escape(citation.snippet)}</blockquote>" if citation.snippet else ""
    return f'<div dir="auto">{head}</div>{passage}'
