"""The pages of the app, and how to go to one.

A callback cannot switch pages: it stores the request in the session, and the next run switches.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib.labels import clean_label
from lib.store.models import Chat
from lib.ui.language import _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext

REQUESTED_CHAT, REQUESTED_SEARCH = "requested_chat", "requested_search"
MOST_TRIES = 3
WAITING_ICON = ":material/front_hand:"
MESSAGE, WORDS = "message", "q"
"""Query parameters: the message that a chat is opened at, and the words of a search."""


@dataclass
class ChatRequest:
    chat_id: UUID
    parameters: dict[str, str]
    origin: str = ""
    tries: int = 0

    def is_over(self, page: StreamlitPage) -> bool:
        """Whether its page runs, or one that the user went to meanwhile."""
        has_arrived = page.url_path == str(self.chat_id)
        return self.tries == MOST_TRIES or (self.tries > 0 and (has_arrived or page.url_path != self.origin))


def requested_path() -> str:
    """The path of the chat that a callback requested; empty if there is none."""
    request: ChatRequest | None = st.session_state.get(REQUESTED_CHAT)
    return str(request.chat_id) if request else ""


def new_chat_page() -> StreamlitPage:
    return st.Page("chat.py", title=_("New chat"), icon=":material/edit_square:", default=True)


def chat_page(chat: Chat, *, is_listed: bool = True) -> StreamlitPage:
    return st.Page(
        "chat.py",
        title=_title(chat.title) or _("New chat"),
        icon=_icon(chat),
        url_path=str(chat.id),
        visibility="visible" if is_listed else "hidden",
    )


# The sidebar draws the same titles again in every run.
@lru_cache(maxsize=2_000)
def _title(title: str) -> str:
    return escape_label(clean_label(title))


def search_page() -> StreamlitPage:
    return st.Page("search.py", title=_("Search"), icon=":material/search:", url_path="search")


def chats_page() -> StreamlitPage:
    return st.Page("chats.py", title=_("All chats"), icon=":material/table_rows:", url_path="chats")


def status_page() -> StreamlitPage:
    return st.Page("status.py", title=_("Status"), url_path="status", visibility="hidden")


def setup_page() -> StreamlitPage:
    return st.Page("setup.py", title=_("Setup check"), url_path="setup", visibility="hidden")


def insights_page() -> StreamlitPage:
    return st.Page("insights.py", title=_("Insights"), url_path="insights", visibility="hidden")


def temporary_page(*, is_listed: bool) -> StreamlitPage:
    return st.Page(
        "temporary.py",
        title=_("Temporary chat"),
        icon=":material/timer_off:",
        url_path="temporary",
        visibility="visible" if is_listed else "hidden",
    )


def unavailable_page(path: str) -> StreamlitPage:
    return st.Page("unavailable.py", title=_("Not available"), url_path=path, visibility="hidden")


def not_found_page(path: str) -> StreamlitPage:
    return st.Page("not_found.py", title=_("Not found"), url_path=path.replace("/", "-"), visibility="hidden")


def deleted_page(path: str) -> StreamlitPage:
    return st.Page("deleted.py", title=_("Deleted chat"), url_path=path, visibility="hidden")


def current_path() -> str:
    """The path of the page that the browser shows: empty for a new chat, else that of one of the pages above."""
    return urlsplit(st.context.url or "").path.strip("/")


def go_to_chat(chat_id: UUID, message_id: UUID | None = None, *, words: str = "") -> None:
    """Request the chat's page for the next run: at a message that a search for `words` found, or at the end.

    On the way, Streamlit adds an address to the browser's history that has the old path and the new parameters. With
    the words in it, it is that of the results, so that Back leads to them.
    """
    parameters = {WORDS: words, MESSAGE: str(message_id or "")}
    given = {name: value for name, value in parameters.items() if value}
    st.session_state[REQUESTED_CHAT] = ChatRequest(chat_id, given)


def leave_chat(chat_id: UUID) -> NoReturn:
    """End the run. The next one is of a new chat if this chat was open, else of the same page."""
    chat = st.session_state["chat"]
    if chat and chat.id == chat_id:
        st.switch_page(new_chat_page())
    st.rerun()


def go_to_search(words: str) -> None:
    """Request the results of a search for the next run."""
    st.session_state[REQUESTED_SEARCH] = words


def go_to_requested_page(context: PageContext, page: StreamlitPage) -> None:
    """Switch to the page that a callback requested, if any. `page` is that of this run.

    A request for a chat stays until its page runs. If the browser asks for another run while this one switches, for
    example by a timer, Streamlit runs the page that the browser still shows.
    """
    if (words := st.session_state.pop(REQUESTED_SEARCH, None)) is not None:
        st.switch_page(search_page(), query_params={WORDS: words})
    request: ChatRequest | None = st.session_state.get(REQUESTED_CHAT)
    if request is None:
        return
    chat = None
    try:
        chat = None if request.is_over(page) else context.store.get_chat(request.chat_id)
    finally:
        if chat is None:
            del st.session_state[REQUESTED_CHAT]
    if chat:
        request.origin, request.tries = page.url_path, request.tries + 1
        st.switch_page(chat_page(chat), query_params=request.parameters)


def _icon(chat: Chat) -> str | None:
    """A spinner while an answer is being written, or a hand: it waits for the user. A mark for an unread answer."""
    if chat.running:
        return WAITING_ICON if chat.is_waiting else "spinner"
    return ":material/mark_chat_unread:" if chat.unread else None
