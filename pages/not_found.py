"""An address that leads to no chat that the person may see."""

import streamlit as st

st.title("Not found", anchor=False)
st.markdown("There is no such chat here. It may have been deleted, or it is not shared with you.")
st.page_link("chat.py", label="New chat", icon=":material/edit_square:")
