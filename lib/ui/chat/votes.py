"""Draws the thumbs below an answer, and the dialog that asks why."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from lib.store.assessments import receiver_of
from lib.store.models import Message, Receiver, Vote
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext
from lib.ui.sign_in import current_asker
from lib.ui.toasts import show_errors

# The default tags of FEEDBACK_TAGS, so that they are in the files of the languages. Others are shown as configured.
TAGS = (N_("Wrong number"), N_("Wrong table or filter"), N_("Did not answer"), N_("Too slow"), N_("Unclear"))
KEPT_HERE = N_("kept here")
REFUSED = N_("not sent")
NOT_TOLD: dict[Receiver, str] = {
    "mlflow": N_(
        "Of this answer there is no trace here, so whoever builds the agent does not see your rating in MLflow."
    ),
    "genie": N_("Genie takes ratings only from the person who asked."),
}
NOT_TAKEN: dict[Receiver, str] = {
    "mlflow": N_("MLflow did not take your rating. It is kept here, and an admin of this app can send it again."),
    "genie": N_("Genie did not take your rating. It is kept here. Reload the page and rate again to send it again."),
}


def draw_vote(context: PageContext, message: Message, vote: Vote | None) -> bool:
    """Draw the stored vote, in the container that is open. Returns whether the dialog that asks why is open."""
    _draw_thumbs(context, message.id, vote)
    if vote is None:
        return False
    label, icon = _label(vote)
    wants_dialog = st.button(label, key=f"comment-{message.id}", type="tertiary", icon=icon)
    _draw_destination(context, message, vote)
    if wants_dialog:
        title = _("What was good?") if vote.is_upvoted else _("What was wrong?")
        st.dialog(title, on_dismiss="rerun")(_draw_reasons)(context, message.id, vote)
    return wants_dialog


def _label(vote: Vote) -> tuple[str, str]:
    """The words and the icon of the button that opens the dialog."""
    if vote.tags or vote.comment:
        return _("Your comment"), ":material/comment:"
    return (_("Add a comment") if vote.is_upvoted else _("What was wrong?")), ":material/add_comment:"


def _draw_destination(context: PageContext, message: Message, vote: Vote) -> None:
    """Say where the vote went if it is not where one would expect it."""
    receiver = receiver_of(message.trace_id)
    if not context.runtime.feedback.tells(receiver):
        return
    if vote.delivery is None:
        st.caption(_(KEPT_HERE), help=_(NOT_TOLD[receiver]), width="content")
    elif vote.delivery == "refused":
        st.caption(_(REFUSED), help=_(NOT_TAKEN[receiver]), width="content")


def _draw_thumbs(context: PageContext, message_id: UUID, vote: Vote | None) -> None:
    key = f"vote-{message_id}"
    # Show the stored vote, not the click: another tab may have changed it, or the database may have refused it.
    st.session_state[key] = None if vote is None else int(vote.is_upvoted)
    st.feedback("thumbs", key=key, on_change=_vote, args=(context, message_id, key, vote), width="content")


def _draw_reasons(context: PageContext, message_id: UUID, vote: Vote) -> None:
    tags = _draw_tags(context.runtime.feedback.tags, vote.tags) if vote.tags or not vote.is_upvoted else []
    comment = st.text_area(
        _("Comment"),
        vote.comment or "",
        placeholder=None if vote.is_upvoted else _("What would have been right?"),
        label_visibility="collapsed",
    )
    st.caption(_("Whoever builds the agent may read this."))
    if st.button(_("Send"), type="primary"):
        with show_errors(st.error):
            _cast(context, message_id, vote.is_upvoted, comment, tags)
            st.rerun()


def _draw_tags(known: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Tags that were chosen and are configured no more are not offered, and go with the next change."""
    return st.pills(
        _("Reasons"),
        known,
        selection_mode="multi",
        default=[tag for tag in chosen if tag in known],
        format_func=lambda tag: escape_label(_(tag)),
        label_visibility="collapsed",
    )


def _vote(context: PageContext, message_id: UUID, key: str, before: Vote | None) -> None:
    """Changing the vote keeps its comment, and drops the reasons; removing it removes the comment, too."""
    value = st.session_state[key]
    comment = None if value is None or before is None else before.comment
    with show_errors():
        _cast(context, message_id, None if value is None else bool(value), comment)


def _cast(
    context: PageContext, message_id: UUID, is_upvoted: bool | None, comment: str | None, tags: Sequence[str] = ()
) -> None:
    feedback = context.runtime.feedback
    feedback.vote(context.store, message_id, is_upvoted, comment, tags, voter=current_asker(context))
