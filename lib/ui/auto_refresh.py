"""When an open page runs again though nobody clicked.

- `refresh_on_changes`: another tab, program or process changed one of the person's chats.
- `refresh_on_connection_change`: the database was lost or came back, or something that waited has been saved.
- `refresh_after_reconnect`: the browser was cut off from the app and is back.

Each is a fragment with `run_every`: a timer in the browser runs it alone, without the rest of the page, and
`st.rerun()` in it runs the whole page. A fragment keeps the arguments of the page's last run, so these say what
the page shows. A timer that fires while the page still runs waits for the end of that run.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.runtime import Runtime
from lib.store.models import Chat
from lib.ui.page_context import PageContext

POLL_SECONDS = 3.0
"""How often an open page looks in the memory of its process. Each look costs about 5 ms of CPU."""
DATABASE_POLLS = ((120.0, 5.0), (600.0, 15.0))
"""Where other processes use the database: until so many seconds after the page was drawn, look there every so many.
Later only when somebody does something, so that the database can go to sleep."""
CONNECTION_POLL_SECONDS = 2.0
ONCE_A_DAY_SECONDS = 24 * 3600.0
DRAWN_NUMBER, LISTED_CHATS, DATABASE_POLLED_AT = "drawn_number", "listed_chats", "database_polled_at"


@dataclass(frozen=True)
class _Drawn:
    """What the page shows: the chats of the list, the open one, and the process's news up to this number."""

    chats: list[Chat]
    chat: Chat | None
    number: int
    at: float


def remember_news(context: PageContext) -> None:
    """To be called before anything is read for the page: what happens from now on may be missing on it."""
    st.session_state[DRAWN_NUMBER] = context.runtime.change_feed.number


def remember_list(chats: list[Chat]) -> None:
    st.session_state[LISTED_CHATS] = chats


def refresh_on_changes(context: PageContext, chat: Chat | None) -> None:
    """To be called last, and not while a dialog is open: running the page again would close it."""
    now = time.monotonic()
    st.session_state[DATABASE_POLLED_AT] = now
    drawn = _Drawn(st.session_state[LISTED_CHATS], chat, st.session_state[DRAWN_NUMBER], now)
    # Asked here, when somebody has done something: an idle page sends no query.
    has_replicas = context.runtime.has_replicas()
    _poll_changes(context, drawn, has_replicas)


@st.fragment(run_every=POLL_SECONDS)
def _poll_changes(context: PageContext, drawn: _Drawn, has_replicas: bool) -> None:
    if context.runtime.has_news(context.user, drawn.number, *([drawn.chat.id] if drawn.chat else [])):
        st.rerun()
    if _is_database_due(context, drawn, has_replicas) and _has_changed(context, drawn):
        st.rerun()


def _is_database_due(context: PageContext, drawn: _Drawn, has_replicas: bool) -> bool:
    """Every time while an answer runs in another process: the database is awake then anyway."""
    if context.runtime.connection_state.is_lost:
        return False
    if any(chat.running and not context.runtime.turns.runs_here(chat.id) for chat in drawn.chats):
        return True
    now = time.monotonic()
    pauses = (pause for until, pause in DATABASE_POLLS if has_replicas and now - drawn.at < until)
    if now - st.session_state[DATABASE_POLLED_AT] < next(pauses, float("inf")):
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
    """While something is not saved. It asks the process, never the database."""
    if process.connection_state.is_lost or len(process.outbox):
        _poll_connection(process, process.connection_state.version)


@st.fragment(run_every=CONNECTION_POLL_SECONDS)
def _poll_connection(process: Runtime, drawn_version: int) -> None:
    if process.connection_state.version != drawn_version:
        st.rerun()


@st.fragment(run_every=ONCE_A_DAY_SECONDS)
def refresh_after_reconnect() -> None:
    """Nothing but a timer, which makes Streamlit run the page when its browser is back.

    A browser that reconnects after some minutes, or to an app that was deployed anew, gets a session that knows nothing
    of the page. Streamlit runs the page for it only if the page has a fragment with a timer. Without a run the session
    would not know the boxes and buttons that the browser still shows: what is typed or clicked next would be lost.
    """
