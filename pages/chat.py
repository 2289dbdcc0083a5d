"""One conversation: a new one, or the one of the address."""

from uuid import UUID

import streamlit as st

from lib.ui.asking import draft_chat_id, draw_input, draw_welcome
from lib.ui.conversation import draw_header, draw_messages, draw_running, see
from lib.ui.visitor import visitor

me = visitor()
path = st.session_state["page"]
chat = me.store.get_chat(UUID(path)) if path else None

if chat is None:
    draw_welcome(me, draft_chat_id())
    draw_input(me, draft_chat_id())
else:
    see(me, chat)
    draw_input(me, chat.id)
    draw_header(me, chat)
    draw_messages(me, chat)
    draw_running(me, chat)
