"""An open page follows what other tabs, programs and processes do to the visitor's chats."""

import time
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.store.models import Chat
from lib.ui.page_context import PageContext

POLL_SECONDS = 3.0
"""How often an open page looks in the memory of its process; each look costs 3 ms."""
LOOKS = ((120.0, 5.0), (600.0, 15.0))
"""For so many seconds after the page was last drawn it looks in the database, too, every so many: where other
processes use it. After that only when somebody does something, so that the database can go to sleep."""
DRAWN, LISTED, LOOKED_AT = "drawn_number", "listed_chats", "looked_at"


@dataclass(frozen=True)
class _Drawn:
    """What the page shows: the chats of the list, the open one, and all up to this number of the process's news."""

    chats: list[Chat]
    chat: Chat | None
    number: int
    at: float


def remember_news(context: PageContext) -> None:
    """Before anything is read for the page: what happens from now on may be missing on it."""
    st.session_state[DRAWN] = context.runtime.news.number


def remember_list(chats: list[Chat]) -> None:
    st.session_state[LISTED] = chats


def refresh_on_changes(context: PageContext, chat: Chat | None) -> None:
    """To be called last, and not behind a dialog, which would close."""
    now = time.monotonic()
    st.session_state[LOOKED_AT] = now
    drawn = _Drawn(st.session_state[LISTED], chat, st.session_state[DRAWN], now)
    # Asked now, when somebody has done something: an idle page asks the database nothing.
    has_replicas = context.runtime.has_replicas()
    _look(context, drawn, has_replicas)


@st.fragment(run_every=POLL_SECONDS)
def _look(context: PageContext, drawn: _Drawn, has_replicas: bool) -> None:
    if context.runtime.has_news(context.user, drawn.number, *([drawn.chat.id] if drawn.chat else [])):
        st.rerun()
    if _is_due(context, drawn, has_replicas) and _has_changed(context, drawn):
        st.rerun()


def _is_due(context: PageContext, drawn: _Drawn, has_replicas: bool) -> bool:
    """Answers that run elsewhere are looked at each time; while they do, the database is awake."""
    if context.runtime.connection_state.is_lost:
        return False
    if any(chat.running and not context.runtime.turns.runs_here(chat.id) for chat in drawn.chats):
        return True
    now = time.monotonic()
    pauses = (pause for until, pause in LOOKS if has_replicas and now - drawn.at < until)
    if now - st.session_state[LOOKED_AT] < next(pauses, float("inf")):
        return False
    st.session_state[LOOKED_AT] = now
    return True


def _has_changed(context: PageContext, drawn: _Drawn) -> bool:
    with suppress(DatabaseUnavailable):
        chats = context.store.list_chats(max(1, len(drawn.chats))).chats
        if context.runtime.turns.recover_dead(chats) or chats != drawn.chats:
            return True
        if drawn.chat and drawn.chat not in drawn.chats:
            return context.store.find_chat(drawn.chat.id) != drawn.chat
    return False
