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
from lib.ui.instructions import forget_known_instructions
from lib.ui.language import N_, _, ngettext, sentence
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext

AWAY = N_("Lakebase is away. Nothing can be deleted until it is back.")
BROKEN_OFF = N_("Some chats may be deleted already. Try again later, and it goes on.")
_RESULT = "everything-deleted"
"""Where the result is while the page runs again."""


@dataclass(frozen=True)
class _Action:
    label: str
    words: str
    """What has to be typed, in English or in the session's language."""
    warning: str
    run: Callable[[TurnManager, Store], Erased]
    said: Callable[[Erased], str]
    afterwards: Callable[[], None] = lambda: None
    """What has to go from the browser and the session once the database has confirmed."""


def _said_deleted(erased: Erased) -> str:
    return _("{chats} deleted, with {messages}.").format(chats=_chats(erased), messages=_messages(erased))


def _said_erased(erased: Erased) -> str:
    ratings = ngettext("{number} rating", "{number} ratings", erased.votes)
    return _("Erased: {chats} with {messages}, and {ratings} of answers in other people's chats.").format(
        chats=_chats(erased), messages=_messages(erased), ratings=ratings
    )


def _forget_in_session() -> None:
    erase_drafts()
    forget_known_instructions()


def _chats(erased: Erased) -> str:
    return ngettext("{number} chat", "{number} chats", erased.chats)


def _messages(erased: Erased) -> str:
    return ngettext("{number} message", "{number} messages", erased.messages)


ACTIONS = (
    _Action(
        N_("Delete all my chats"),
        N_("delete all my chats"),
        N_("All your chats are deleted for good, those in the archive and in the trash too. There is no way back."),
        discarding.delete_all,
        _said_deleted,
    ),
    _Action(
        N_("Erase me"),
        N_("erase me"),
        N_(
            "Everything that the database holds of you is deleted for good: all your chats, your standing "
            "instructions, your name and address, and your ratings of answers in other people's chats. What you have "
            "typed in this browser and not sent goes, too. There is no way back."
        ),
        discarding.erase,
        _said_erased,
        _forget_in_session,
    ),
)


def draw_delete_everything(context: PageContext) -> None:
    if said := st.session_state.pop(_RESULT, None):
        st.success(said, icon=":material/check:")
    for action in ACTIONS:
        with st.expander(_(action.label), icon=":material/delete_forever:"):
            _draw(context, action)


def _draw(context: PageContext, action: _Action) -> None:
    words = _(action.words)
    st.markdown(_(action.warning))
    with st.form(action.words, border=False):
        typed = st.text_input(_("To confirm, type “{words}”").format(words=words), autocomplete="off")
        key = f"delete-for-good-{action.label}"
        asked = st.form_submit_button(_(action.label), key=key, type="primary", icon=":material/delete_forever:")
    if asked and typed.strip() not in (words, action.words):
        st.error(_("Nothing was deleted. Type exactly “{words}” first.").format(words=words), icon=":material/error:")
    elif asked and context.runtime.connection_state.is_lost:
        st.error(_(AWAY), icon=":material/error:")
    elif asked:
        _run(context, action)


def _run(context: PageContext, action: _Action) -> None:
    """It goes on to the end if the user leaves: there is no Streamlit call on the way."""
    try:
        with st.spinner(_("Deleting…")):
            erased = action.run(context.runtime.turns, context.store)
        context.runtime.feedback.wake()
    except DatabaseUnavailable as error:
        st.error(f"{escape_label(sentence(str(error)))} {_(BROKEN_OFF)}", icon=":material/error:")
    except LakechatError as error:
        st.error(escape_label(sentence(str(error))), icon=":material/error:")
    else:
        action.afterwards()
        st.session_state[_RESULT] = action.said(erased)
        st.rerun()  # all of the page: the sidebar has no chats now
