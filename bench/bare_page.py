"""The smallest Streamlit page with forty messages, as the baseline of the app's page."""

import streamlit as st

from bench.fill import MESSAGE_CHARS, WORDS

TEXT = (WORDS * MESSAGE_CHARS)[:MESSAGE_CHARS]

st.chat_input()
for _ in range(20):
    with st.chat_message("user"):
        st.text(TEXT)
    with st.chat_message("assistant"):
        st.markdown(TEXT)
