"""The main script. Every run identifies the user, draws the sidebar, and then runs the page that was requested."""

import streamlit as st

from lib.errors import DatabaseUnavailable, LakechatError
from lib.settings.branding import BRAND_NAME
from lib.ui.auto_refresh import (
    LISTED_CHATS,
    refresh_after_reconnect,
    refresh_on_connection_change,
    remember_news,
)
from lib.ui.brand import SIGN, draw_logo
from lib.ui.chat.new_chat import go_to_begun_chat
from lib.ui.language import _, sentence
from lib.ui.markdown.escape import escape_text
from lib.ui.navigation import go_to_requested_page
from lib.ui.page_context import page_context, runtime
from lib.ui.row_menu import carry_out_choice
from lib.ui.settings_dialog import draw_settings
from lib.ui.sidebar import draw_sidebar
from lib.ui.tab_title import set_tab_title
from lib.ui.toasts import draw_toasts
from lib.ui.undo import draw_undo


def draw_error(error: LakechatError, name: str) -> None:
    """Draw the error and a button to try again, instead of the page of the app with this name."""
    st.title(escape_text(name), anchor=False)
    st.error(sentence(str(error)), icon=":material/error:")
    st.button(_("Try again"), icon=":material/refresh:")
    if isinstance(error, DatabaseUnavailable):
        refresh_on_connection_change(runtime())


name = BRAND_NAME.default
st.set_page_config(name, page_icon=str(SIGN))
try:
    settings = runtime().settings
    name = settings.brand_name
    draw_logo(settings)
    context = page_context()
    remember_news(context)
    go_to_begun_chat()
    page, chat = draw_sidebar(context)
    set_tab_title(settings, chat.title if chat else page.title, st.session_state[LISTED_CHATS])
    go_to_requested_page(context, page)
    st.session_state["chat"] = chat
    draw_toasts()
    draw_undo(context)
    refresh_after_reconnect()
    carry_out_choice(context)
    draw_settings(context)
    page.run()
except LakechatError as error:
    draw_error(error, name)
