"""A chat that is kept nowhere but in the session of this tab."""

import streamlit as st

from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.chat.agent_picker import chosen_agent
from lib.ui.chat.composer import draw_composer
from lib.ui.chat.messages import draw_messages, mark_seen
from lib.ui.chat.running_answer import draw_running_answer
from lib.ui.chat.temporary import NOTICE, draw_temporary_header, end_temporary_chat, temporary_chat
from lib.ui.chat.welcome import draw_welcome
from lib.ui.drafts import TEMPORARY
from lib.ui.language import _
from lib.ui.navigation import new_chat_page
from lib.ui.page_context import page_context
from lib.ui.row_dialog import has_row_dialog
from lib.ui.sign_in import draw_missing_scopes

context = page_context()
temporary, held = temporary_chat(context)
chat = temporary.store.get_chat(held.id)
has_dialog = has_row_dialog()

if chat is None:
    with st.container():
        draw_welcome(temporary, held.id)
        is_over = not st.toggle(_("Temporary chat"), value=True, key="is-temporary", help=_(NOTICE))
        st.caption(f":material/timer_off: {_(NOTICE)}")
    draw_missing_scopes(temporary, chosen_agent(held.id))
    draw_composer(temporary, held.id, box=TEMPORARY, is_new=True)
else:
    # In the place of the container above, which would stay beside the first answer until that has ended.
    st.empty()
    mark_seen(temporary, chat)
    actions = st.bottom.empty()
    draw_missing_scopes(temporary, chat.agent)
    draw_composer(temporary, held.id, box=TEMPORARY, is_agent_waiting=chat.running and chat.is_waiting)
    is_over = draw_temporary_header()
if is_over:
    end_temporary_chat()
    st.switch_page(new_chat_page())
if chat:
    drawn = draw_messages(temporary, chat, actions)
    has_dialog |= drawn.has_dialog
    draw_running_answer(temporary, chat, drawn, actions, live=not has_dialog)
if not has_dialog:
    refresh_on_changes(context, None)
