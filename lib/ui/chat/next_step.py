"""Draws what the owner can do next below the last answer of a chat, in one click."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.messages.parts import follow_ups_of
from lib.store.models import Message
from lib.ui.chat.composer import ask
from lib.ui.chat.message_actions import draw_retry_buttons
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext


def draw_next_step(context: PageContext, last: Message, slot: DeltaGenerator) -> None:
    """Have an answer that is not complete given again, or ask one of the questions that its agent suggests."""
    if last.role != "assistant":
        return
    if last.status != "complete":
        with slot.container(horizontal=True):
            draw_retry_buttons(context, last)
    elif questions := follow_ups_of(last.parts):
        with slot.container(horizontal=True, key="follow-ups"):
            for number, question in enumerate(questions):
                args = (context, last.chat_id, question, last.id)
                st.button(escape_label(question), key=f"follow-up-{last.id}-{number}", on_click=ask, args=args)
