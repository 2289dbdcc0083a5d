"""Chats found by what was said in them, and those put aside."""

import streamlit as st

from lib.ui.search import draw_results
from lib.ui.visitor import visitor

st.title("Search", anchor=False)
draw_results(visitor())
