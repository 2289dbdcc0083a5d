"""One chat on the page: its header, its messages, and the answer that is being written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.store.models import Chat, Message, Vote, has_earlier
from lib.store.store import MESSAGES_LIMIT
from lib.ui.answer.live import draw_live
from lib.ui.answer.parts import draw_attachments, draw_parts
from lib.ui.chat.composer import draw_retry_buttons
from lib.ui.chat.votes import VOTE_ANSWERS, draw_vote
from lib.ui.page_context import PageContext, timezone
from lib.ui.toasts import show_errors

USER_AVATAR = ":material/person:"
NOT_SAVED = ":material/cloud_sync: Not saved yet"
REFUSED = ":material/cloud_off: Could not be saved: Lakebase does not take it"
AGENT_AVATAR = ":material/waves:"


def mark_seen(context: PageContext, chat: Chat) -> None:
    """Opening a chat takes its mark away."""
    if chat.unread and not chat.running:
        context.store.mark_read(chat.id)
        st.rerun()


def draw_messages(context: PageContext, chat: Chat, act: DeltaGenerator | None) -> bool:
    """The last ones, earlier ones when asked for; `act` takes what its owner can do about the last.

    Whether a dialog was opened.
    """
    shown_key = f"shown-{chat.id}"
    shown = st.session_state.get(shown_key, MESSAGES_LIMIT)
    messages = context.store.list_messages(chat.id, shown)
    rate_key = f"rate-{chat.id}"
    votes = context.store.votes(chat.id)
    answers = [message.id for message in messages if message.role == "assistant"]
    with_thumbs = set(answers) if st.session_state.get(rate_key) else {*answers[-VOTE_ANSWERS:], *votes}
    if has_earlier(messages) or len(answers) > VOTE_ANSWERS:
        # The row stays when a button leaves it: no message would stand in another's place while an answer streams.
        with st.container(horizontal=True):
            if has_earlier(messages):
                _draw_switch("Show earlier messages", shown_key, shown + MESSAGES_LIMIT)
            if len(answers) > VOTE_ANSWERS and not st.session_state.get(rate_key):
                _draw_switch("Rate earlier answers", rate_key, True)
    for _ in range(_left_out(chat.id, messages)):
        st.empty()
    has_dialog = any([_draw_message(context, each, votes.get(each.id), each.id in with_thumbs) for each in messages])
    if act and messages and messages[-1].role == "assistant" and messages[-1].status != "complete":
        with act.container(horizontal=True):
            draw_retry_buttons(context, messages[-1])
    return has_dialog


def _left_out(chat_id: UUID, messages: Sequence[Message]) -> int:
    """How many messages have left the page at its head since it was opened.

    Their places stay empty: a message that moved up would be seen in both of its places until the run has ended. After
    so many the count begins anew, since empty places are sent, too.
    """
    key, ids = f"drawn-{chat_id}", [message.id for message in messages]
    before, left_out = st.session_state.get(key, ([], 0))
    left_out = (left_out + before.index(ids[0])) % MESSAGES_LIMIT if ids and ids[0] in before else 0
    st.session_state[key] = (ids, left_out)
    return int(left_out)


def _draw_message(context: PageContext, message: Message, vote: Vote | None, has_thumbs: bool) -> bool:
    """Whether a dialog was opened."""
    if message.role == "user":
        with st.chat_message("user", avatar=USER_AVATAR):
            st.text(message.content)
            draw_attachments(message.attachments)
            if not message.saved:
                st.caption(_kept(context, message))
        return False
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        draw_parts(message.parts, message.status, _kept(context, message))
        return has_thumbs and draw_vote(context, message, vote)


def draw_running_answer(context: PageContext, chat: Chat, act: DeltaGenerator | None, *, live: bool) -> None:
    """The answer that is being written, live; then the page again, with the answer as it is kept.

    `act` takes the button that ends it; a reader of somebody else's chat has none. Not live behind a dialog: what
    is clicked there waits for the end of this run.
    """
    if not chat.running:
        return
    turn = context.runtime.turns.attach(context.store, chat.id)
    if turn is None:  # it has just ended
        st.rerun()
    if act:
        act.button("Stop", icon=":material/stop_circle:", shortcut="Esc", on_click=_stop, args=(context, chat))
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        if not live:
            draw_parts(turn.answer.parts, "running", "The answer is being written…")
            return
        # Somebody else's chat may be taken back while it is read.
        draw_live(turn, lambda: act is not None or context.store.find_chat(chat.id) is not None)
    if act:
        context.store.mark_read(chat.id)
    st.rerun()


def _kept(context: PageContext, message: Message) -> str:
    said = _time(message.created_at.astimezone(timezone()))
    if not message.saved:
        return f"{REFUSED if message.refused else NOT_SAVED} · {said}"
    return f":material/cloud_off: {said}" if context.runtime.is_ephemeral else f":material/cloud_done: Saved {said}"


def _time(moment: datetime) -> str:
    """With its day, where that is not today."""
    is_today = moment.date() == datetime.now(moment.tzinfo).date()
    return f"{moment:%H:%M}" if is_today else f"{moment.day} {moment:%b %H:%M}"


def _stop(context: PageContext, chat: Chat) -> None:
    with show_errors():
        context.runtime.turns.stop(context.store, chat.id)


def _draw_switch(label: str, key: str, value: object) -> None:
    st.button(label, on_click=_set, args=(key, value), type="tertiary")


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
