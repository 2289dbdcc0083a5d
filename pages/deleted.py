"""Shown when the open chat was deleted in another tab. The draft stays in the composer and can start a new chat."""

import streamlit as st

from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.chat.composer import draft_chat_id, draw_composer
from lib.ui.page_context import page_context
from lib.ui.status import draw_notice

context = page_context()
draw_notice(context)
st.title("Deleted", anchor=False)
st.markdown("This chat was deleted. What you write here starts a new chat.")
draw_composer(context, draft_chat_id(), box=st.session_state["deleted_chat"])
refresh_on_changes(context, None)
