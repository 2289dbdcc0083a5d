"""One conversation: a new one, or the one of the address."""

import streamlit as st

from lib.ui.asking import draft_chat_id, draw_input, draw_welcome
from lib.ui.conversation import draw_header, draw_messages, draw_running, see
from lib.ui.visitor import visitor

me = visitor()
chat = st.session_state["chat"]

if chat is None:
    draw_welcome(me, draft_chat_id())
    draw_input(me, draft_chat_id())
else:
    see(me, chat)
    stop = st.bottom.empty()
    draw_input(me, chat.id)
    has_dialog = draw_header(me, chat)
    conversation, below = st.container(), st.empty()
    with conversation:
        draw_messages(me, chat, below)
        draw_running(me, chat, stop, live=not has_dialog)
