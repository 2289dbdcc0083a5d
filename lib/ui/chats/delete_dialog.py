"""Asks before several chats are deleted for good."""

from collections.abc import Callable, Sequence

import streamlit as st

from lib.chat.discarding import trash_several
from lib.store.models import Chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors


@st.dialog("Delete for good?", on_dismiss="rerun")
def delete_dialog(context: PageContext, chats: Sequence[Chat], note: Callable[[int], None]) -> None:
    """`note` is called with the number of chats that were deleted."""
    st.markdown(f"{count_of(len(chats))} and all that was said there will be deleted. There is no way back.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel"):
            st.rerun()
        if st.button("Delete", key="delete-for-good", type="primary", icon=":material/delete_forever:"):
            with show_errors(st.error):
                note(len(trash_several(context.runtime.turns, context.store, chats, trash_days=0)))
                st.rerun()


def count_of(chats: int) -> str:
    return f"{chats:,} chat" if chats == 1 else f"{chats:,} chats"
