"""Shown when the open chat was deleted in another tab, or moved to the trash. The draft stays in the composer and can
start a new chat.
"""

import streamlit as st

from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.chat.composer import draw_composer
from lib.ui.chat.new_chat import draft_chat_id
from lib.ui.chats.trash import draw_restore, is_in_trash
from lib.ui.language import _
from lib.ui.page_context import page_context
from lib.ui.status import draw_notice

context, path = page_context(), st.session_state["deleted_chat"]
draw_notice(context)
if is_in_trash(context, path):
    st.title(_("In the trash"), anchor=False)
    st.markdown(_("This chat is in the trash. What you write here starts a new chat."))
    draw_restore(context, path)
else:
    st.title(_("Deleted"), anchor=False)
    st.markdown(_("This chat was deleted. What you write here starts a new chat."))
draw_composer(context, draft_chat_id(path), box=path, is_new=True)
refresh_on_changes(context, None)
