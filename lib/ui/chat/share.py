"""Who may read a chat, and the link to give them."""

from urllib.parse import urlsplit

import streamlit as st

from lib.store.models import Chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors


@st.dialog("Share this chat", on_dismiss="rerun")
def share_dialog(context: PageContext, chat: Chat) -> None:
    """Reading only, and closed again at once when it is switched off."""
    key = f"public-{chat.id}"
    st.session_state.setdefault(key, chat.visibility == "public")
    st.toggle(
        "Everybody who can open this app may read it",
        key=key,
        on_change=_set_visibility,
        args=(context, chat, key),
    )
    if st.session_state[key]:
        address = urlsplit(st.context.url or "")
        st.code(f"{address.scheme}://{address.netloc}/{chat.id}", language=None, wrap_lines=True)
        st.caption("They see what is written here from now on, too. Nobody but you can write, rename or delete.")
    else:
        st.caption("Only you can open it.")


def _set_visibility(context: PageContext, chat: Chat, key: str) -> None:
    wanted, st.session_state[key] = st.session_state[key], not st.session_state[key]
    with show_errors():
        context.store.set_visibility(chat.id, "public" if wanted else "private")
        st.session_state[key] = wanted
