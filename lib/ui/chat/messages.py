"""Draws the messages of a chat and the answer that is being written.

The browser shows the elements of the previous run until this run draws others at their positions or ends, and a run
that draws a running answer lasts as long as the answer. So each message must stay at its position from run to run: one
that moved up would show twice until the answer ends.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from uuid import UUID

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.store.models import Chat, Message, Vote, has_earlier
from lib.store.store import MESSAGES_LIMIT
from lib.ui.answer.live import draw_live
from lib.ui.answer.parts import draw_attachments, draw_parts
from lib.ui.chat.composer import ASKED, draw_retry_buttons
from lib.ui.chat.excerpt import Excerpt, draw_later, excerpt_of, is_at_end, read_excerpt, show_earlier
from lib.ui.chat.votes import VOTE_ANSWERS, draw_vote
from lib.ui.page_context import PageContext, timezone
from lib.ui.scroll import scroll_to
from lib.ui.toasts import show_errors

USER_AVATAR = ":material/person:"
AGENT_AVATAR = ":material/waves:"
NOT_SAVED = ":material/cloud_sync: Not saved yet"
FOUND, REACHED = "found-message", "reached-message"
REFUSED = ":material/cloud_off: Could not be saved: the database refused it"


def mark_seen(context: PageContext, chat: Chat) -> None:
    """Opening a chat removes its unread mark in the sidebar."""
    if chat.unread and not chat.running:
        context.store.mark_read(chat.id)
        st.rerun()


def scroll_to_message(context: PageContext, chat: Chat) -> None:
    """Scroll to the message that the address names, or to the question that was asked last."""
    slot, excerpt = st.bottom.empty(), excerpt_of(context, chat)
    if excerpt.reached or excerpt.marked:
        scroll_to(slot, REACHED if excerpt.reached else FOUND, excerpt.visit)
    elif question_id := st.session_state.get(ASKED):
        scroll_to(slot, None, question_id)


def draw_messages(context: PageContext, chat: Chat, actions: DeltaGenerator | None) -> bool:
    """Draw the last messages or those around the one in the address, and others on demand.

    `actions` is the element for the owner's buttons. Returns whether a dialog is open.
    """
    excerpt = excerpt_of(context, chat)
    messages = read_excerpt(context, chat, excerpt)
    rate_key = f"rate-{chat.id}"
    votes = context.store.votes(chat.id)
    answers = [message.id for message in messages if message.role == "assistant"]
    with_thumbs = set(answers) if st.session_state.get(rate_key) else {*answers[-VOTE_ANSWERS:], *votes}
    if has_earlier(messages) or len(answers) > VOTE_ANSWERS:
        # The row stays when one of its buttons disappears, so that the messages stay at their positions.
        with st.container(horizontal=True):
            if has_earlier(messages):
                st.button("Show earlier messages", on_click=show_earlier, args=(chat, messages[0].id), type="tertiary")
            if len(answers) > VOTE_ANSWERS and not st.session_state.get(rate_key):
                st.button("Rate earlier answers", on_click=_set, args=(rate_key, True), type="tertiary")
    for _ in range(_count_removed(chat.id, messages)):
        st.empty()
    has_dialog = False
    for each in messages:
        with _framed(each.id, excerpt):
            has_dialog |= _draw_message(context, each, votes.get(each.id), each.id in with_thumbs)
    draw_later(context, chat, excerpt)
    if (
        actions
        and messages
        and excerpt.until is None
        and messages[-1].role == "assistant"
        and messages[-1].status != "complete"
    ):
        with actions.container(horizontal=True):
            draw_retry_buttons(context, messages[-1])
    return has_dialog


def _framed(message_id: UUID, excerpt: Excerpt) -> AbstractContextManager[object]:
    """A mark around the message that the address names, and something to scroll to around the one that was reached."""
    if message_id not in (excerpt.marked, excerpt.reached):
        return nullcontext()
    frame = st.container(key=REACHED) if message_id == excerpt.reached else nullcontext()
    if message_id != excerpt.marked:
        return frame
    with frame:
        mark = st.container(key=FOUND)
    mark.caption(":material/search: Found by your search")
    return mark


def _count_removed(chat_id: UUID, messages: Sequence[Message]) -> int:
    """How many messages have left the top of the page since it was opened. Empty elements take their positions.

    The count starts again after MESSAGES_LIMIT, because empty elements also cost time.
    """
    key, ids = f"drawn-{chat_id}", [message.id for message in messages]
    previous_ids, removed = st.session_state.get(key, ([], 0))
    removed = (removed + previous_ids.index(ids[0])) % MESSAGES_LIMIT if ids and ids[0] in previous_ids else 0
    st.session_state[key] = (ids, removed)
    return int(removed)


def _draw_message(context: PageContext, message: Message, vote: Vote | None, has_thumbs: bool) -> bool:
    """Returns whether a dialog is open."""
    if message.role == "user":
        with st.chat_message("user", avatar=USER_AVATAR):
            st.text(message.content)
            draw_attachments(message.attachments)
            if not message.saved:
                st.caption(_footer(context, message))
        return False
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        draw_parts(message.parts, message.status, _footer(context, message))
        return has_thumbs and draw_vote(context, message, vote)


def draw_running_answer(context: PageContext, chat: Chat, actions: DeltaGenerator | None, *, live: bool) -> None:
    """Draw the running answer until it ends, then run the page again to show it as it is stored.

    `actions` is the element for the Stop button, None for readers of another user's chat. `live` must be False while a
    dialog is open, because a click in it waits for the end of this run; then the answer so far is drawn once.
    """
    if not chat.running:
        return
    turn = context.runtime.turns.attach(context.store, chat.id)
    if turn is None:  # it has just ended
        st.rerun()
    if actions:
        actions.button("Stop", icon=":material/stop_circle:", shortcut="Esc", on_click=_stop, args=(context, chat))
    if not is_at_end(chat):
        return
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        if not live:
            draw_parts(turn.answer.parts, "running", "The answer is being written…")
            return
        # The owner may stop sharing the chat while somebody else reads it.
        draw_live(turn, lambda: actions is not None or context.store.find_chat(chat.id) is not None)
    if actions:
        context.store.mark_read(chat.id)
    st.rerun()


def _footer(context: PageContext, message: Message) -> str:
    time = _time(message.created_at.astimezone(timezone()))
    if not message.saved:
        return f"{REFUSED if message.refused else NOT_SAVED} · {time}"
    return f":material/cloud_off: {time}" if context.runtime.is_ephemeral else f":material/cloud_done: Saved {time}"


def _time(moment: datetime) -> str:
    """The time, with the day if that is not today."""
    is_today = moment.date() == datetime.now(moment.tzinfo).date()
    return f"{moment:%H:%M}" if is_today else f"{moment.day} {moment:%b %H:%M}"


def _stop(context: PageContext, chat: Chat) -> None:
    with show_errors():
        context.runtime.turns.stop(context.store, chat.id)


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
