"""Asks before several chats are deleted for good."""

from collections.abc import Callable, Sequence

import streamlit as st

from lib.chat.discarding import trash_several
from lib.store.models import Chat
from lib.ui.language import _, ngettext
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors


def delete_dialog(context: PageContext, chats: Sequence[Chat], note: Callable[[int], None]) -> None:
    """`note` is called with the number of chats that were deleted."""
    st.dialog(_("Delete for good?"), on_dismiss="rerun")(_draw)(context, chats, note)


def _draw(context: PageContext, chats: Sequence[Chat], note: Callable[[int], None]) -> None:
    st.markdown(
        ngettext(
            "{number} chat and all that was said there will be deleted. There is no way back.",
            "{number} chats and all that was said there will be deleted. There is no way back.",
            len(chats),
        )
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Cancel")):
            st.rerun()
        if st.button(_("Delete"), key="delete-for-good", type="primary", icon=":material/delete_forever:"):
            with show_errors(st.error):
                note(len(trash_several(context.runtime.turns, context.store, chats, trash_days=0)))
                st.rerun()
