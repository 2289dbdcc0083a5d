"""Moves a chat to the trash at once, and offers to take that back for a while, whatever page is open meanwhile."""

import time
from dataclasses import dataclass
from html import escape
from uuid import UUID

import streamlit as st

from lib.chat import discarding
from lib.store.models import Chat
from lib.ui.language import _
from lib.ui.navigation import go_to_chat, leave_chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

UNDO_SECONDS = 10
"""The style of `undo` hides the offer by itself after so long, unless the pointer or the focus is on it."""
UNDO = "undo"


@dataclass(frozen=True)
class _Trashed:
    chat_id: UUID
    title: str
    until: float


def trash_with_undo(context: PageContext, chat: Chat) -> None:
    """Ends the run if it succeeds; otherwise the error is shown in the next run."""
    with show_errors():
        discarding.trash(context.runtime.turns, context.store, chat.id, context.runtime.settings.trash_days)
        st.session_state[UNDO] = _Trashed(chat.id, chat.title, time.monotonic() + UNDO_SECONDS)
        leave_chat(chat.id)


def draw_undo(context: PageContext) -> None:
    """Draw one element in any case, so that those after it stay at their positions."""
    slot = st.empty()
    trashed = st.session_state.get(UNDO)
    if trashed is None or time.monotonic() > trashed.until:
        return
    with slot.container(key="undo", horizontal=True, vertical_alignment="center"):
        said = _("“{title}” is in the trash.").format(title=escape(trashed.title))
        st.html(f'<div role="status">{said}</div>')
        st.button(_("Undo"), key=f"undo-{trashed.chat_id}", on_click=_restore, args=(context, trashed.chat_id))


def _restore(context: PageContext, chat_id: UUID) -> None:
    with show_errors():
        context.store.restore_chat(chat_id)
        go_to_chat(chat_id)
        del st.session_state[UNDO]
