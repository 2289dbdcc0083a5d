"""Draws a question, with what its owner can do with it."""

import streamlit as st

from lib.messages.continuation import CONTINUE
from lib.store.models import Message
from lib.ui.chat.attachments import draw_attachments
from lib.ui.chat.message_actions import draw_edit_box, draw_edit_button, is_edited
from lib.ui.chat.saved_mark import saved_mark, time_of
from lib.ui.chat.versions import draw_versions_of
from lib.ui.language import _
from lib.ui.page_context import PageContext

USER_AVATAR = ":material/person:"


def draw_question(context: PageContext, message: Message, *, has_actions: bool) -> None:
    # The name is what a screen reader says ("Chat message from user, 12:19"). `assets/roles.js` takes the time out of
    # it for the mouse: an element for the time of each question would make a long chat slower.
    with st.chat_message(f"user, {time_of(message)}", avatar=USER_AVATAR):
        if message.content == CONTINUE:
            st.caption(f":material/resume: {_('Continue')}")
        elif has_actions and is_edited(message):
            draw_edit_box(context, message)
        elif has_actions:
            with st.container(horizontal=True, key=f"question-row-{message.id}"):
                st.text(message.content, width="stretch")
                draw_edit_button(message)
        else:
            st.text(message.content)
        draw_attachments(context, message)
        draw_versions_of(context, message)
        if not message.saved:
            st.caption(saved_mark(context, message))
