"""The title of the browser's tab: it names what is open, and tells how many answers wait to be read or decided on."""

from collections.abc import Sequence

import streamlit as st

from lib.config import Settings
from lib.labels import clean_label
from lib.store.models import Chat
from lib.ui.language import _


def set_tab_title(settings: Settings, name: str, listed: Sequence[Chat]) -> None:
    """`name` is that of the open page or chat, and `listed` are the chats of the sidebar."""
    unread_count = sum(chat.is_waiting if chat.running else chat.unread for chat in listed)
    mark = f"({unread_count}) " if unread_count else ""
    st.set_page_config(f"{mark}{clean_label(name) or _('New chat')} · {settings.brand_name}")
