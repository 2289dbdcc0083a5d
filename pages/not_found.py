"""An address that leads to no chat of the visitor's."""

import streamlit as st

st.title("Not found", anchor=False)
st.markdown("There is no such chat here. It may have been deleted, or it was never yours to see.")
st.page_link("chat.py", label="New chat", icon=":material/edit_square:")
