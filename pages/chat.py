"""One conversation: a new one, the visitor's own, or one that somebody shared."""

import streamlit as st

from lib.store.models import SharedChat
from lib.ui.asking import draft_chat_id, draw_input, draw_welcome
from lib.ui.conversation import draw_messages, draw_running, see
from lib.ui.follow import follow
from lib.ui.header import draw_header, draw_readers_header
from lib.ui.status import draw_notice
from lib.ui.visitor import visitor

me = visitor()
chat = st.session_state["chat"]
draw_notice(me)
has_dialog = False

if chat is None:
    draw_welcome(me, draft_chat_id())
    draw_input(me, draft_chat_id(), box="new")
elif isinstance(chat, SharedChat) and not chat.is_owner:
    draw_readers_header(me, chat, chat.owner_name)
    has_dialog = draw_messages(me, chat, None)
    draw_running(me, chat, None, live=not has_dialog)
else:
    see(me, chat)
    act = st.bottom.empty()
    draw_input(me, chat.id)
    has_dialog = draw_header(me, chat) | draw_messages(me, chat, act)
    draw_running(me, chat, act, live=not has_dialog)
if not has_dialog:
    follow(me, chat)
