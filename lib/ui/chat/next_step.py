"""Draws what the owner can do next below the last answer of a chat, in one click."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.messages.choices import choices_of
from lib.messages.parts import follow_ups_of
from lib.store.models import Message
from lib.ui.chat.composer import ask
from lib.ui.chat.message_actions import draw_retry_buttons
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext


def draw_next_step(context: PageContext, last: Message, slot: DeltaGenerator) -> None:
    """Have an answer that is not complete given again, or say something that suggests itself.

    This is a next question, or one of the alternatives of a question with which the agent ends its answer.
    """
    if last.role != "assistant":
        return
    if last.status != "complete":
        with slot.container(horizontal=True):
            draw_retry_buttons(context, last)
    elif context.runtime.settings.follow_ups == "off":
        return
    elif questions := follow_ups_of(last.parts):
        _draw_texts(context, last, questions, slot, "follow-up")
    elif choices := choices_of(last.parts):
        _draw_texts(context, last, choices, slot, "choice")


def _draw_texts(context: PageContext, last: Message, texts: Sequence[str], slot: DeltaGenerator, kind: str) -> None:
    """A button for each text. `assets/roles.js` names the group after its kind."""
    with slot.container(horizontal=True, key=f"{kind}s"):
        for number, text in enumerate(texts):
            args = (context, last.chat_id, text, last.id)
            st.button(escape_label(text), key=f"{kind}-{last.id}-{number}", on_click=ask, args=args)
