"""One chat on the page: its header, its messages, and the answer that is being written."""

from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.store.models import Chat, Message
from lib.store.store import MESSAGES_LIMIT
from lib.ui.asking import draw_another_try
from lib.ui.live import draw_live
from lib.ui.parts import draw_parts
from lib.ui.sidebar import new_chat_page
from lib.ui.text import plain
from lib.ui.visitor import Visitor, timezone

USER_AVATAR = ":material/person:"
# On a phone a long title would push the menu to a line of its own.
HEADER_STYLE = "<style>.st-key-chat-header { flex-wrap: nowrap; }</style>"
AGENT_AVATAR = ":material/waves:"


def see(visitor: Visitor, chat: Chat) -> None:
    """Opening a chat takes its mark away."""
    if chat.unread and not chat.running:
        visitor.store.mark_read(chat.id)
        st.rerun()


def draw_header(visitor: Visitor, chat: Chat) -> bool:
    """Whether it opened a dialog."""
    st.html(HEADER_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="chat-header"):
        st.markdown(f"#### {plain(chat.title)}", anchors=False, width="stretch")
        chosen = st.menu_button("", ["Delete"], key=f"menu-{chat.id}", icon=":material/more_horiz:", type="tertiary")
    if chat.agent and len(visitor.runtime.agents.names) > 1:
        st.caption(f":material/smart_toy: {plain(chat.agent)}")
    if chosen == "Delete":
        _confirm_delete(visitor, chat)
    return chosen is not None


def draw_messages(visitor: Visitor, chat: Chat, below: DeltaGenerator) -> None:
    """The last ones, earlier ones when asked for; `below` takes what can be done about the last."""
    shown_key = f"shown-{chat.id}"
    shown = st.session_state.get(shown_key, MESSAGES_LIMIT)
    messages = visitor.store.list_messages(chat.id, shown)
    if messages and messages[0].parent_id:
        st.button("Show earlier messages", on_click=_set, args=(shown_key, shown + MESSAGES_LIMIT), type="tertiary")
    for message in messages:
        draw_message(visitor, message)
    if messages and messages[-1].role == "assistant" and messages[-1].status != "complete":
        with below.container():
            draw_another_try(visitor, messages[-1])


def draw_message(visitor: Visitor, message: Message) -> None:
    if message.role == "user":
        with st.chat_message("user", avatar=USER_AVATAR):
            st.text(message.content)
    else:
        with st.chat_message("assistant", avatar=AGENT_AVATAR):
            draw_parts(message.parts, message.status, _kept(visitor, message.created_at))


def draw_running(visitor: Visitor, chat: Chat, stop: DeltaGenerator, *, live: bool) -> None:
    """The answer that is being written, live; then the page again, with the answer as it is kept.

    `stop` takes the button that ends it. Not live behind a dialog: what is clicked there waits for the end of this run.
    """
    if not chat.running:
        return
    turn = visitor.runtime.turns.attach(visitor.store, chat.id)
    if turn is None:  # it has just ended
        st.rerun()
    stop.button("Stop", icon=":material/stop_circle:", shortcut="Esc", on_click=_stop, args=(visitor, chat))
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        if not live:
            draw_parts(turn.answer.parts, "running", "The answer is being written…")
            return
        draw_live(turn)
    visitor.store.mark_read(chat.id)
    st.rerun()


def _kept(visitor: Visitor, at: datetime) -> str:
    time = f"{at.astimezone(timezone()):%H:%M}"
    return f":material/cloud_off: {time}" if visitor.runtime.is_ephemeral else f":material/cloud_done: Saved {time}"


def _stop(visitor: Visitor, chat: Chat) -> None:
    visitor.runtime.turns.stop(visitor.store, chat.id)


@st.dialog("Delete this chat?", on_dismiss="rerun")
def _confirm_delete(visitor: Visitor, chat: Chat) -> None:
    st.markdown(f"“{plain(chat.title)}” and all its messages will be gone for good.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel"):
            st.rerun()
        if st.button("Delete", type="primary", icon=":material/delete:"):
            _stop(visitor, chat)
            visitor.store.delete_chat(chat.id)
            st.switch_page(new_chat_page())


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
