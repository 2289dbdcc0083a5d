"""Thumbs under an answer, with a comment for those who have more to say."""

from uuid import UUID

import streamlit as st

from lib.store.models import Message, Vote
from lib.ui.visitor import Visitor

MAX_COMMENT_CHARS = 2_000


def draw_vote(visitor: Visitor, message: Message, vote: Vote | None) -> bool:
    """As the visitor voted before, wherever that was. Whether the dialog for a comment was opened."""
    key = f"vote-{message.id}"
    before = None if vote is None else int(vote.is_upvoted)
    changed = (visitor, message.id, key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.feedback("thumbs", key=key, default=before, on_change=_vote, args=changed, width="content")
        if vote is None:
            return False
        label = "Comment" if vote.comment is None else "Your comment"
        wants_comment = st.button(label, key=f"comment-{message.id}", type="tertiary", icon=":material/comment:")
    if wants_comment:
        _comment_dialog(visitor, message.id, vote)
    return wants_comment


@st.dialog("What was good, or what was wrong?", on_dismiss="rerun")
def _comment_dialog(visitor: Visitor, message_id: UUID, vote: Vote) -> None:
    comment = st.text_area("Comment", vote.comment or "", max_chars=MAX_COMMENT_CHARS, label_visibility="collapsed")
    if st.button("Send", type="primary"):
        visitor.store.vote(message_id, vote.is_upvoted, comment)
        st.rerun()


def _vote(visitor: Visitor, message_id: UUID, key: str) -> None:
    value = st.session_state[key]
    visitor.store.vote(message_id, None if value is None else bool(value))
