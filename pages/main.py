"""Every visit begins here: who it is, what they may open, then the page that they opened."""

import streamlit as st

from lib.errors import LakechatError
from lib.ui.follow import remember_news
from lib.ui.places import go
from lib.ui.reconnect import draw_anew_when_reconnected
from lib.ui.sidebar import navigate
from lib.ui.told import draw_told
from lib.ui.visitor import say_and_stop, visitor

st.set_page_config("Lakechat", page_icon="assets/lakechat.svg")
st.logo("assets/lakechat.svg", size="large")

me = visitor()
remember_news(me)
try:
    page, chat = navigate(me)
    go(me)
    st.session_state["chat"] = chat
    draw_told()
    draw_anew_when_reconnected()
    page.run()
except LakechatError as error:
    say_and_stop(error)
