"""Thumbs under an answer, with a comment for those who have more to say."""

from uuid import UUID

import streamlit as st

from lib.store.models import Message, Vote
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

MAX_COMMENT_CHARS = 2_000
VOTE_ANSWERS = 8
"""So many of the last answers have thumbs at once, the others when asked for: each costs as much as a message."""


def draw_vote(context: PageContext, message: Message, vote: Vote | None) -> bool:
    """As the visitor voted, wherever that was. Whether the dialog for a comment was opened."""
    if vote is None:
        _draw_thumbs(context, message.id, None, None)
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        _draw_thumbs(context, message.id, int(vote.is_upvoted), vote.comment)
        label = "Add a comment" if vote.comment is None else "Your comment"
        wants_comment = st.button(label, key=f"comment-{message.id}", type="tertiary", icon=":material/comment:")
    if wants_comment:
        _comment_dialog(context, message.id, vote)
    return wants_comment


def _draw_thumbs(context: PageContext, message_id: UUID, value: int | None, comment: str | None) -> None:
    key = f"vote-{message_id}"
    # What is stored, not what was clicked here: the vote may have been changed in another tab, or not been taken.
    st.session_state[key] = value
    st.feedback("thumbs", key=key, on_change=_vote, args=(context, message_id, key, comment), width="content")


@st.dialog("What was good, or what was wrong?", on_dismiss="rerun")
def _comment_dialog(context: PageContext, message_id: UUID, vote: Vote) -> None:
    comment = st.text_area("Comment", vote.comment or "", max_chars=MAX_COMMENT_CHARS, label_visibility="collapsed")
    if st.button("Send", type="primary"):
        with show_errors(st.error):
            context.store.vote(message_id, vote.is_upvoted, comment)
            st.rerun()


def _vote(context: PageContext, message_id: UUID, key: str, comment: str | None) -> None:
    """A comment stays when the thumb turns, and goes with the vote."""
    value = st.session_state[key]
    with show_errors():
        context.store.vote(message_id, None if value is None else bool(value), None if value is None else comment)
