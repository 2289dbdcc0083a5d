"""Shown for an address that is not a chat this user may see."""

import streamlit as st

from lib.ui.language import _

st.title(_("Not found"), anchor=False)
st.markdown(_("There is no such chat here. It may have been deleted, or it is not shared with you."))
st.page_link("chat.py", label=_("New chat"), icon=":material/edit_square:")
