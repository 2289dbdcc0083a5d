"""Draws buttons that copy. `assets/copy.js` does it in the browser, so that a click interrupts no answer."""

from html import escape

import streamlit as st

from lib.ui.language import _


def draw_copy_answer(markdown: str) -> None:
    """Draw a sign. It copies the Markdown, and what the message shows as rich text."""
    _draw("markdown", markdown, _("Copy the answer"), "")


def draw_copy_table(values: str) -> None:
    """Draw a button for tab-separated values, the head first."""
    _draw("values", values, _("Copy the table"), _("Copy"))


def _draw(kind: str, text: str, name: str, label: str) -> None:
    # Streamlit drops an attribute in which it sees the end of a comment or of a style, whatever it means there. It also
    # cuts off blanks at the ends of one, so they have a sign around them.
    kept = escape(text.replace("%", "%25").replace("<", "%3C").replace(">", "%3E"))
    button = f'<button type="button" data-{kind}="|{kept}|" aria-label="{name}" title="{name}">'
    st.html(
        f'<div class="copy">{button}<span aria-hidden="true">content_copy</span>{label}</button>'
        '<small role="status"></small></div>',
        width="content",
    )
