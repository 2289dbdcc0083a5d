"""The main script. Every run identifies the user, draws the sidebar, and then runs the page that was requested."""

import streamlit as st

from lib.config import DEFAULT_BRAND_NAME
from lib.errors import DatabaseUnavailable, LakechatError
from lib.ui.auto_refresh import (
    LISTED_CHATS,
    refresh_after_reconnect,
    refresh_on_connection_change,
    remember_news,
)
from lib.ui.brand import SIGN, draw_logo
from lib.ui.navigation import go_to_requested_page
from lib.ui.page_context import page_context, runtime
from lib.ui.row_menu import carry_out_choice
from lib.ui.sidebar import draw_sidebar
from lib.ui.tab_title import set_tab_title
from lib.ui.toasts import draw_toasts
from lib.ui.undo import draw_undo


def draw_error(error: LakechatError) -> None:
    """Draw the error and a button to try again, instead of the page."""
    st.title(DEFAULT_BRAND_NAME, anchor=False)
    st.error(str(error), icon=":material/error:")
    st.button("Try again", icon=":material/refresh:")
    if isinstance(error, DatabaseUnavailable):
        refresh_on_connection_change(runtime())


st.set_page_config(DEFAULT_BRAND_NAME, page_icon=str(SIGN))
try:
    context = page_context()
    draw_logo(context.runtime.settings)
    remember_news(context)
    page, chat = draw_sidebar(context)
    set_tab_title(context.runtime.settings, chat.title if chat else page.title, st.session_state[LISTED_CHATS])
    go_to_requested_page(context)
    st.session_state["chat"] = chat
    draw_toasts()
    draw_undo(context)
    refresh_after_reconnect()
    carry_out_choice(context)
    page.run()
except LakechatError as error:
    draw_error(error)
