"""Draws the sources of an answer: their marks in its text, and a list that opens, in one element."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from lib.messages.parts import Citation, Part
from lib.messages.web_url import is_web_url
from lib.ui.language import N_, _, ngettext
from lib.ui.markdown.escape import link
from lib.workspace import source_url

UNITS = frozenset(
    [
        *(N_("page"), N_("pages"), N_("section"), N_("sections"), N_("line"), N_("lines")),
        *(N_("character"), N_("characters"), N_("row"), N_("chunk")),
    ]
)
"""What the place of a passage begins with, if it is a number of something."""


def source_marks(parts: Sequence[Part]) -> list[str]:
    """What stands in the text for each source, in Streamlit's Markdown: its number, which leads to it."""
    citations = [part for part in parts if isinstance(part, Citation)]
    return [_mark(number, citation) for number, citation in enumerate(citations, start=1)]


def draw_sources(sources: Sequence[tuple[int, Citation]], speaker: str = "") -> None:
    """Draw names and places, and each passage in a list item that opens. `sources` have their numbers.

    `speaker` is who cites them, if the answer has several speakers.
    """
    items = "".join(f'<li value="{number}">{_item(citation)}</li>' for number, citation in sources)
    count = ngettext("{number} source", "{number} sources", len(sources))
    summary = _("{sources} of {agent}").format(sources=count, agent=escape(speaker)) if speaker else count
    st.html(f'<details class="sources"><summary>{summary}</summary><ol>{items}</ol></details>')


def _mark(number: int, citation: Citation) -> str:
    url = source_url(citation.url, citation.path)
    shown = link(f"[{number}]", url) if is_web_url(url) else f"\\[{number}\\]"
    return f":small[:gray[{shown}]]"


def _item(citation: Citation) -> str:
    name, url = escape(citation.title or citation.url or _("Unnamed source")), source_url(citation.url, citation.path)
    if is_web_url(url):
        name = f'<a href="{escape(url)}" target="_blank" rel="noreferrer">{name}</a>'
    head = f"{name}, {escape(_place(citation.place))}" if citation.place else name
    passage = f"<blockquote>{escape(citation.snippet)}</blockquote>" if citation.snippet else ""
    return f'<div dir="auto">{head}</div>{passage}'


def _place(text: str) -> str:
    unit, blank, number = text.partition(" ")
    return f"{_(unit)}{blank}{number}" if unit in UNITS else text
