"""A chat that was deleted elsewhere while it stood open here: what was being written in it can begin another."""

import streamlit as st

from lib.ui.asking import draft_chat_id, draw_input
from lib.ui.follow import follow
from lib.ui.status import draw_notice
from lib.ui.visitor import visitor

me = visitor()
draw_notice(me)
st.title("Deleted", anchor=False)
st.markdown("This chat was deleted. What you write here begins a new one.")
draw_input(me, draft_chat_id(), box=st.session_state["deleted_chat"])
follow(me, None)
