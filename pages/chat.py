"""The page of one chat: a new one, one of the user's own, or one that somebody shared."""

import streamlit as st

from lib.store.models import SharedChat
from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.chat.agent_picker import chosen_agent
from lib.ui.chat.composer import draw_composer
from lib.ui.chat.header import draw_header
from lib.ui.chat.messages import draw_messages, mark_seen, scroll_to_message
from lib.ui.chat.new_chat import draft_chat_id
from lib.ui.chat.running_answer import draw_running_answer
from lib.ui.chat.shared_header import draw_shared_header
from lib.ui.chat.temporary import NOTICE
from lib.ui.chat.welcome import draw_welcome
from lib.ui.language import _
from lib.ui.navigation import temporary_page
from lib.ui.page_context import page_context
from lib.ui.row_dialog import has_row_dialog
from lib.ui.sign_in import draw_missing_scopes
from lib.ui.status import draw_notice

context = page_context()
chat = st.session_state["chat"]
draw_notice(context)
has_dialog = has_row_dialog()

if chat is None:
    with st.container(key=f"begin-{draft_chat_id()}"):  # assets/echo.js reads the id
        draw_welcome(context, draft_chat_id())
    if st.toggle(_("Temporary chat"), key="make-temporary", help=_(NOTICE)):
        st.switch_page(temporary_page(is_listed=False))
    draw_missing_scopes(context, chosen_agent(draft_chat_id()))
    draw_composer(context, draft_chat_id(), box="new", is_new=True)
elif isinstance(chat, SharedChat) and not chat.is_owner:
    scroll_to_message(context, chat, else_to_end=False)
    has_dialog |= draw_shared_header(context, chat)
    drawn = draw_messages(context, chat, None)
    has_dialog |= drawn.has_dialog
    draw_running_answer(context, chat, drawn, None, live=not has_dialog)
else:
    mark_seen(context, chat)
    scroll_to_message(context, chat, else_to_end=True)
    actions = st.bottom.empty()
    draw_missing_scopes(context, chat.agent)
    draw_composer(context, chat.id, is_agent_waiting=chat.running and chat.is_waiting)
    has_dialog |= draw_header(context, chat)
    drawn = draw_messages(context, chat, actions)
    has_dialog |= drawn.has_dialog
    draw_running_answer(context, chat, drawn, actions, live=not has_dialog)
if not has_dialog:
    refresh_on_changes(context, chat)
