"""Draws the thumbs below an answer, and the dialog for a comment."""

from uuid import UUID

import streamlit as st

from lib.store.models import Message, Vote
from lib.store.validation import MAX_COMMENT_CHARS
from lib.ui.language import _
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors


def draw_vote(context: PageContext, message: Message, vote: Vote | None) -> bool:
    """Draw the stored vote, in the container that is open. Returns whether the dialog for a comment is open."""
    if vote is None:
        _draw_thumbs(context, message.id, None, None)
        return False
    _draw_thumbs(context, message.id, int(vote.is_upvoted), vote.comment)
    label = _("Add a comment") if vote.comment is None else _("Your comment")
    wants_comment = st.button(label, key=f"comment-{message.id}", type="tertiary", icon=":material/comment:")
    if wants_comment:
        title = _("What was good, or what was wrong?")
        st.dialog(title, on_dismiss="rerun")(_draw_comment)(context, message.id, vote)
    return wants_comment


def _draw_thumbs(context: PageContext, message_id: UUID, value: int | None, comment: str | None) -> None:
    key = f"vote-{message_id}"
    # Show the stored vote, not the click: another tab may have changed it, or the database may have refused it.
    st.session_state[key] = value
    st.feedback("thumbs", key=key, on_change=_vote, args=(context, message_id, key, comment), width="content")


def _draw_comment(context: PageContext, message_id: UUID, vote: Vote) -> None:
    comment = st.text_area(_("Comment"), vote.comment or "", max_chars=MAX_COMMENT_CHARS, label_visibility="collapsed")
    if st.button(_("Send"), type="primary"):
        with show_errors(st.error):
            context.store.vote(message_id, vote.is_upvoted, comment)
            st.rerun()


def _vote(context: PageContext, message_id: UUID, key: str, comment: str | None) -> None:
    """Changing the vote keeps its comment; removing the vote removes the comment too."""
    value = st.session_state[key]
    with show_errors():
        context.store.vote(message_id, None if value is None else bool(value), None if value is None else comment)
