"""Shown for an address that is not a chat this user may see."""

import streamlit as st

st.title("Not found", anchor=False)
st.markdown("There is no such chat here. It may have been deleted, or it is not shared with you.")
st.page_link("chat.py", label="New chat", icon=":material/edit_square:")
