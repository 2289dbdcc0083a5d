"""The session's next chat. Its id exists before the chat, so that sending twice opens only one."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import streamlit as st

from lib.ui.navigation import current_path, go_to_chat

NEW_CHAT = "new_chat"


@dataclass
class NewChat:
    id: UUID
    path: str
    """Of the page on which it was offered last."""
    is_left: bool = False
    """Its user has gone to another page since."""
    is_begun: bool = False


def draft_chat_id(path: str = "") -> UUID:
    """The id of the session's next new chat. Call this in a page that offers to begin it, with the page's path: after a
    switch by the app, the browser's address is still the old one.
    """
    chat: NewChat | None = st.session_state.get(NEW_CHAT)
    if chat is None or chat.is_begun:
        chat = st.session_state[NEW_CHAT] = NewChat(uuid4(), path)
    chat.path, chat.is_left = path, False
    return chat.id


def next_chat(chat_id: UUID) -> NewChat | None:
    """The session's next chat if that is the one with this id."""
    chat: NewChat | None = st.session_state.get(NEW_CHAT)
    return chat if chat and chat.id == chat_id and not chat.is_begun else None


def go_to_begun_chat() -> None:
    """Go to the chat that was begun since the last run, unless its user has gone to another page meanwhile.

    Call this in every run, before its pages are known.
    """
    chat: NewChat | None = st.session_state.get(NEW_CHAT)
    if chat is None:
        return
    chat.is_left |= chat.path != current_path()
    if chat.is_begun:
        # In this order: at each access to the session the run may end.
        if not chat.is_left:
            go_to_chat(chat.id)
        del st.session_state[NEW_CHAT]
