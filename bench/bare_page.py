"""The least that Streamlit can do with forty messages: what the app's page is compared with."""

import streamlit as st

from bench.fill import MESSAGE_CHARS, WORDS

TEXT = (WORDS * MESSAGE_CHARS)[:MESSAGE_CHARS]

st.chat_input()
for _ in range(20):
    with st.chat_message("user"):
        st.text(TEXT)
    with st.chat_message("assistant"):
        st.markdown(TEXT)
