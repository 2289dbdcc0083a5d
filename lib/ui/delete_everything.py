"""Deleting all chats, and erasing the user, on the Status page: each once its words have been typed."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from lib.chat import discarding
from lib.chat.discarding import Erased
from lib.chat.turn_manager import TurnManager
from lib.errors import DatabaseUnavailable, LakechatError
from lib.store.store import Store
from lib.ui.drafts import erase_drafts
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext

AWAY = "Lakebase is away. Nothing can be deleted until it is back."
BROKEN_OFF = "Some chats may be deleted already. Try again later, and it goes on."
_RESULT = "everything-deleted"
"""Where the result is while the page runs again."""


@dataclass(frozen=True)
class _Action:
    label: str
    words: str
    """What has to be typed."""
    warning: str
    run: Callable[[TurnManager, Store], Erased]
    said: Callable[[Erased], str]
    in_browser: Callable[[], None] = lambda: None
    """What has to go from the browser once the database has confirmed."""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _said_deleted(erased: Erased) -> str:
    return f"{_count(erased.chats, 'chat')} deleted, with {_count(erased.messages, 'message')}."


def _said_erased(erased: Erased) -> str:
    return (
        f"Erased: {_count(erased.chats, 'chat')} with {_count(erased.messages, 'message')}, and "
        f"{_count(erased.votes, 'rating')} of answers in other people's chats."
    )


ACTIONS = (
    _Action(
        "Delete all my chats",
        "delete all my chats",
        "All your chats are deleted for good, those in the archive and in the trash too. There is no way back.",
        discarding.delete_all,
        _said_deleted,
    ),
    _Action(
        "Erase me",
        "erase me",
        "Everything that the database holds of you is deleted for good: all your chats, your name and address, and "
        "your ratings of answers in other people's chats. What you have typed in this browser and not sent goes, too. "
        "There is no way back.",
        discarding.erase,
        _said_erased,
        erase_drafts,
    ),
)


def draw_delete_everything(context: PageContext) -> None:
    if said := st.session_state.pop(_RESULT, None):
        st.success(said, icon=":material/check:")
    for action in ACTIONS:
        with st.expander(action.label, icon=":material/delete_forever:"):
            _draw(context, action)


def _draw(context: PageContext, action: _Action) -> None:
    st.markdown(action.warning)
    with st.form(action.words, border=False):
        typed = st.text_input(f"To confirm, type “{action.words}”", autocomplete="off")
        key = f"delete-for-good-{action.label}"
        asked = st.form_submit_button(action.label, key=key, type="primary", icon=":material/delete_forever:")
    if asked and typed.strip() != action.words:
        st.error(f"Nothing was deleted. Type exactly “{action.words}” first.", icon=":material/error:")
    elif asked and context.runtime.connection_state.is_lost:
        st.error(AWAY, icon=":material/error:")
    elif asked:
        _run(context, action)


def _run(context: PageContext, action: _Action) -> None:
    """It goes on to the end if the user leaves: there is no Streamlit call on the way."""
    try:
        with st.spinner("Deleting…"):
            erased = action.run(context.runtime.turns, context.store)
    except DatabaseUnavailable as error:
        st.error(f"{escape_label(str(error))} {BROKEN_OFF}", icon=":material/error:")
    except LakechatError as error:
        st.error(escape_label(str(error)), icon=":material/error:")
    else:
        action.in_browser()
        st.session_state[_RESULT] = action.said(erased)
        st.rerun()  # all of the page: the sidebar has no chats now
