"""Every visit begins here: who it is, what they may open, then the page that they opened."""

import streamlit as st

from lib.errors import LakechatError
from lib.ui.auto_refresh import remember_news
from lib.ui.navigation import go_to_requested_page
from lib.ui.page_context import draw_error_and_stop, page_context
from lib.ui.reconnect import refresh_after_reconnect
from lib.ui.sidebar import navigate
from lib.ui.toasts import draw_toasts

st.set_page_config("Lakechat", page_icon="assets/lakechat.svg")
st.logo("assets/lakechat.svg", size="large")

context = page_context()
remember_news(context)
try:
    page, chat = navigate(context)
    go_to_requested_page(context)
    st.session_state["chat"] = chat
    draw_toasts()
    refresh_after_reconnect()
    page.run()
except LakechatError as error:
    draw_error_and_stop(error)
