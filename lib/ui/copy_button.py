"""Draws buttons that copy. `assets/copy.js` does it in the browser, so that a click interrupts no answer."""

from html import escape
from uuid import UUID

import streamlit as st

from lib.ui.language import _


def draw_copy_answer(markdown: str) -> None:
    """Draw a sign. It copies the Markdown, and what the message shows as rich text."""
    _draw("markdown", markdown, _("Copy the answer"), "")


def copy_link(chat_id: UUID, following_id: UUID) -> str:
    """Streamlit's Markdown for a sign that copies the answer before the message `following_id`.

    It costs no element of its own and does not hold the answer, which `assets/copy.js` asks of the API at a click.
    """
    return f"[:material/content_copy:](#copy/{chat_id}/{following_id})"


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
