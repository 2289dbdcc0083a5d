"""Draws the row below an answer: its versions, what can be done with it, and when it was saved."""

from dataclasses import dataclass

import streamlit as st

from lib.store.models import Chat, Message, Vote
from lib.ui.chat.message_actions import draw_answer_menu
from lib.ui.chat.versions import draw_versions_of
from lib.ui.chat.votes import draw_vote
from lib.ui.copy_button import draw_copy_answer
from lib.ui.page_context import PageContext


@dataclass(frozen=True)
class AnswerRow:
    answer: Message
    vote: Vote | None
    has_thumbs: bool
    has_menu: bool
    is_last: bool

    @property
    def is_needed(self) -> bool:
        return self.has_thumbs or self.has_menu or len(self.answer.siblings) > 1

    @property
    def key(self) -> str:
        """By the key, the style sheet finds the row of the last answer."""
        return f"answer-row-{'last-' if self.is_last else ''}{self.answer.id}"


def draw_answer_row(context: PageContext, chat: Chat, row: AnswerRow, foot: str) -> bool:
    """Draw `foot` in small type at its end. Returns whether a dialog is open."""
    answer, has_dialog = row.answer, False
    with st.container(horizontal=True, vertical_alignment="center", key=row.key):
        draw_versions_of(context, answer)
        if answer.content:
            draw_copy_answer(answer.content)
        if row.has_thumbs:
            has_dialog = draw_vote(context, answer, row.vote)
        if row.has_menu:
            has_dialog |= draw_answer_menu(context, chat, answer)
        st.caption(foot, width="content")
    return has_dialog
