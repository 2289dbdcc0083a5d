"""The menu on each chat in the sidebar: what one can do with a chat without opening it.

`assets/row_menu.js` draws it in the browser. Only a choice comes back, and is carried out by the next run.
"""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import streamlit as st

from lib.ui.chat.chat_menu import OPTIONS, carry_out
from lib.ui.language import _
from lib.ui.page_context import PageContext
from lib.ui.row_dialog import note_row_dialog

CHOSEN = "chosen_of_a_row"
FOLDER = Path(__file__).parents[2] / "assets"
CSS, SCRIPT = ((FOLDER / f"row_menu.{kind}").read_text() for kind in ("css", "js"))
_component = st.components.v2.component("lakechat_row_menu", js=SCRIPT)


def draw_row_menu(pinned: Iterable[UUID]) -> None:
    """Draw it closed. Call this once in every run."""
    data = {
        "css": CSS,
        "options": OPTIONS,
        "labels": {option: _(option) for option in (*OPTIONS, "Pin", "Unpin")},
        "opener": _("What to do with “{title}”"),
        "pinned": [str(chat_id) for chat_id in pinned],
    }
    with st.container(key="row-menu"):
        _component(key="row-menus", data=data, height=1, on_chosen_change=_keep)


def carry_out_choice(context: PageContext) -> None:
    """Do what was chosen since the last run. A change ends this run; a dialog is noted."""
    chat_id, option = st.session_state.pop(CHOSEN, (None, None))
    chat = context.store.get_chat(chat_id) if chat_id else None
    note_row_dialog(is_open=chat is not None and carry_out(context, chat, option))


def _keep() -> None:
    """The browser may send anything; what is no choice is ignored."""
    chosen = st.session_state["row-menus"].chosen
    if isinstance(chosen, dict):
        try:
            st.session_state[CHOSEN] = UUID(str(chosen.get("chat"))), str(chosen.get("option"))
        except ValueError:
            return
