"""The palette: a dialog over any page that finds chats as one types.

`assets/palette.js` opens it in the browser and asks `GET /api/search/chats` by itself, so that typing runs no script
and interrupts no answer that is being watched. Only a choice comes back.
"""

from pathlib import Path
from uuid import UUID

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.store.validation import MAX_QUERY_CHARS
from lib.ui.language import _, sentence
from lib.ui.navigation import go_to_chat, go_to_search

KEY = "palette"
FOLDER = Path(__file__).parents[2] / "assets"
HTML, CSS, SCRIPT = ((FOLDER / f"palette.{kind}").read_text() for kind in ("html", "css", "js"))
_component = st.components.v2.component("lakechat_palette", js=SCRIPT)


def draw_palette() -> None:
    """Draw it closed. Call this once in every run, so that the keys work on every page."""
    html = HTML.format(
        search_chats=_("Search chats"),
        search_your_chats=_("Search your chats"),
        chats=_("Chats"),
        close=_("Close"),
    )
    # What the API says, in English.
    errors = {each: sentence(each) for each in (DatabaseUnavailable.sentence,)}
    data = {"html": html, "css": CSS, "maxChars": MAX_QUERY_CHARS, "errors": errors}
    with st.container(key=KEY):
        _component(key="palette-dialog", data=data, height=1, on_chosen_change=_go)


def _go() -> None:
    """Go to the chosen chat or to all results. The browser may send anything; what is no place is ignored."""
    chosen = st.session_state["palette-dialog"].chosen
    if not isinstance(chosen, dict):
        return
    words = str(chosen.get("words") or "")[:MAX_QUERY_CHARS]
    if "chat" not in chosen:
        go_to_search(words)
    elif chat_id := _uuid(chosen["chat"]):
        go_to_chat(chat_id, _uuid(chosen.get("message")), words=words)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
