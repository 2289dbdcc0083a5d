"""Runs an open page again although nobody clicked, if one of these has happened:

- `refresh_on_changes`: another tab, program or process changed one of the user's chats, or the open one is no longer
  shared because its time is over.
- `refresh_on_connection_change`: the database was lost or came back, or a pending write was saved.
- `refresh_after_reconnect`: the browser lost its connection to the app and is back.

Each is a fragment with `run_every`: a timer in the browser runs the fragment alone, and `st.rerun()` in it runs the
whole page. A fragment gets the arguments of the page's last run, so they describe what the page shows. If the timer
fires while the page is still running, the fragment waits for the end of that run.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.runtime import Runtime
from lib.store.models import Chat
from lib.store.sharing import as_of_now
from lib.ui.page_context import PageContext
from lib.ui.row_dialog import has_row_dialog

POLL_SECONDS = 3.0
"""How often an open page checks the memory of its process. Each check costs about 5 ms of CPU."""
DATABASE_POLLS = ((120.0, 5.0), (600.0, 15.0))
"""Pairs (age of the page, interval), in seconds: while the page is younger than the age, check the database at this
interval, if other processes use it. An older page does not check until the user acts, so the database can suspend."""
CONNECTION_POLL_SECONDS = 2.0
ONCE_A_DAY_SECONDS = 24 * 3600.0
DRAWN_NUMBER, LISTED_CHATS, DATABASE_POLLED_AT = "drawn_number", "listed_chats", "database_polled_at"


@dataclass(frozen=True)
class _Drawn:
    """What the page shows: the listed chats, the open one, and all events of the change feed up to `number`."""

    chats: list[Chat]
    chat: Chat | None
    number: int
    at: float


def remember_news(context: PageContext) -> None:
    """Call this before the page reads anything: the page may not show events from now on."""
    st.session_state[DRAWN_NUMBER] = context.runtime.change_feed.number


def remember_list(chats: list[Chat]) -> None:
    st.session_state[LISTED_CHATS] = chats


def refresh_on_changes(context: PageContext, chat: Chat | None) -> None:
    """Call this last, and not while a dialog of the page is open: running the page again would close it."""
    if has_row_dialog():
        return
    now = time.monotonic()
    st.session_state[DATABASE_POLLED_AT] = now
    drawn = _Drawn(st.session_state[LISTED_CHATS], chat, st.session_state[DRAWN_NUMBER], now)
    # Ask here, in a run that a user caused: the fragment of an idle page must send no query.
    has_replicas = context.runtime.has_replicas()
    _poll_changes(context, drawn, has_replicas)


@st.fragment(run_every=POLL_SECONDS)
def _poll_changes(context: PageContext, drawn: _Drawn, has_replicas: bool) -> None:
    if context.runtime.has_news(context.user, drawn.number, *([drawn.chat.id] if drawn.chat else [])):
        st.rerun()
    if drawn.chat and as_of_now(drawn.chat) != drawn.chat:  # its sharing has just ended
        st.rerun()
    if _is_database_due(context, drawn, has_replicas) and _has_changed(context, drawn):
        st.rerun()


def _is_database_due(context: PageContext, drawn: _Drawn, has_replicas: bool) -> bool:
    """Whether to query the database now: always while another process writes an answer, for then it is awake anyway."""
    if context.runtime.connection_state.is_lost:
        return False
    at_work = (chat for chat in drawn.chats if chat.running and not chat.is_waiting)
    if any(not context.runtime.turns.runs_here(chat.id) for chat in at_work):
        return True
    now = time.monotonic()
    intervals = (interval for max_age, interval in DATABASE_POLLS if has_replicas and now - drawn.at < max_age)
    if now - st.session_state[DATABASE_POLLED_AT] < next(intervals, float("inf")):
        return False
    st.session_state[DATABASE_POLLED_AT] = now
    return True


def _has_changed(context: PageContext, drawn: _Drawn) -> bool:
    with suppress(DatabaseUnavailable):
        chats = context.store.list_chats(max(1, len(drawn.chats))).chats
        if context.runtime.turns.recover_dead(chats) or chats != drawn.chats:
            return True
        if drawn.chat and drawn.chat not in drawn.chats:
            return context.store.find_chat(drawn.chat.id) != drawn.chat
    return False


def refresh_on_connection_change(process: Runtime) -> None:
    """Poll while the database is lost or a write is pending. The poll reads the process's memory, not the database."""
    if process.connection_state.is_lost or len(process.outbox):
        _poll_connection(process, process.connection_state.version)


@st.fragment(run_every=CONNECTION_POLL_SECONDS)
def _poll_connection(process: Runtime, drawn_version: int) -> None:
    if process.connection_state.version != drawn_version:
        st.rerun()


@st.fragment(run_every=ONCE_A_DAY_SECONDS)
def refresh_after_reconnect() -> None:
    """Do nothing: the timer alone makes Streamlit run the page after the browser has reconnected.

    A browser that reconnects after some minutes, or to an app that was deployed again, gets a new session. Streamlit
    runs the page for it only if the page has a fragment with a timer. Without that run, the session would not have the
    widgets that the browser still shows, and the user's next input or click would be lost.
    """
