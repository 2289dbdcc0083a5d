"""Draws the messages of a chat.

The browser shows the elements of the previous run until this run draws others at their positions or ends, and a run
that draws a running answer lasts as long as the answer. So each message must stay at its position from run to run: one
that moved up would show twice until the answer ends.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.store.models import Chat, Message, has_earlier
from lib.store.store import MESSAGES_LIMIT
from lib.ui.agents import agent_avatar, agent_label
from lib.ui.answer.parts import draw_parts
from lib.ui.chat.answer_row import AnswerRow, draw_answer_row
from lib.ui.chat.composer import ASKED
from lib.ui.chat.context_cut import cut_at, find_cut
from lib.ui.chat.days import below_day
from lib.ui.chat.excerpt import Excerpt, draw_later, excerpt_of, is_own, read_excerpt, show_earlier
from lib.ui.chat.keep_chart import kept_chart_of
from lib.ui.chat.next_step import draw_next_step
from lib.ui.chat.question import draw_question
from lib.ui.chat.run_again import history_of
from lib.ui.chat.saved_mark import saved_mark, time_of
from lib.ui.copy_button import copy_link
from lib.ui.language import _
from lib.ui.page_context import PageContext
from lib.ui.scroll import scroll_to
from lib.ui.sign_in import is_asked_as_app_instead

FOUND, REACHED = "found-message", "reached-message"
ACTION_ANSWERS = 2
"""How many of the last answers get buttons, with their questions; the others get them on demand. The buttons cost more
than the messages."""


@dataclass(frozen=True)
class Drawn:
    """What the page shows of a chat."""

    last_id: UUID | None
    has_dialog: bool
    left_over: int
    """How many positions behind the last message the browser still shows with messages of the previous run."""


def mark_seen(context: PageContext, chat: Chat) -> None:
    """Opening a chat removes its unread mark in the sidebar."""
    if chat.unread and not chat.running:
        context.store.mark_read(chat.id)
        st.rerun()


def scroll_to_message(context: PageContext, chat: Chat, *, else_to_end: bool) -> None:
    """Scroll to the message that the address names, else to the end, when the chat is opened and with each question.

    Streamlit scrolls to the end by itself, but takes what it loads late (code, tables) for the reader's scrolling up.
    """
    slot, excerpt = st.bottom.empty(), excerpt_of(context, chat)
    if excerpt.reached or excerpt.marked:
        scroll_to(slot, REACHED if excerpt.reached else FOUND, excerpt.visit)
    elif else_to_end and not excerpt.named:
        scroll_to(slot, None, f"{chat.id}/{st.session_state.get(ASKED)}")


def draw_messages(context: PageContext, chat: Chat, actions: DeltaGenerator | None) -> Drawn:
    """Draw the last messages or those around the one in the address, and others on demand.

    `actions` is the element for the owner's buttons.
    """
    excerpt = excerpt_of(context, chat)
    messages = read_excerpt(context, chat, excerpt)
    all_key = f"all-actions-{chat.id}"
    has_all = st.session_state.get(all_key, False)
    # Counted in answers, so that the row does not come while an answer is being written.
    is_long = sum(message.role == "assistant" for message in messages) > ACTION_ANSWERS
    if has_earlier(messages) or is_long:
        # The row stays when one of its buttons disappears, so that the messages stay at their positions.
        with st.container(horizontal=True):
            if has_earlier(messages):
                args = (chat, excerpt, messages[0].id)
                st.button(_("Show earlier messages"), on_click=show_earlier, args=args, type="tertiary")
            if is_long and not has_all:
                label = _("Edit or rate earlier messages") if actions else _("Rate earlier answers")
                st.button(label, on_click=st.session_state.update, args=({all_key: True},), type="tertiary")
    removed, left_over = _count_positions(chat.id, messages)
    for _position in range(removed):
        st.empty()
    votes = context.store.votes(chat.id)
    with_actions = messages if has_all else messages[-2 * ACTION_ANSWERS :]
    with_menu = {message.id for message in with_actions}
    rated = with_menu | set(votes)
    cut = find_cut(context, chat, messages[-1].id, is_end=excerpt.until is None) if actions and messages else None
    has_dialog = False
    for previous, message, following in zip([None, *messages], messages, [*messages[1:], None], strict=False):
        with _framed(message.id, excerpt), below_day(message, previous), cut_at(message, cut, is_first=not previous):
            if message.role == "user":
                draw_question(context, message, has_actions=actions is not None and message.id in with_menu)
                continue
            # Nothing can be said of an answer that was stopped or refused before its first word.
            # A rating in a temporary chat would reach nobody.
            is_answer = (bool(message.content) or message.status == "complete") and not context.is_temporary
            has_thumbs, has_menu = message.id in rated and is_answer, message.id in with_menu
            row = AnswerRow(message, votes.get(message.id), has_thumbs, has_menu, is_last=message is messages[-1])
            has_dialog |= _draw_answer(context, chat, message, row, following)
    draw_later(context, chat, excerpt)
    if actions and excerpt.until is None and messages:
        draw_next_step(context, messages[-1], actions)
    return Drawn(messages[-1].id if messages else None, has_dialog, left_over)


def _framed(message_id: UUID, excerpt: Excerpt) -> AbstractContextManager[object]:
    """A mark around the message that the address names, and something to scroll to around the one that was reached."""
    if message_id not in (excerpt.marked, excerpt.reached):
        return nullcontext()
    frame = st.container(key=REACHED) if message_id == excerpt.reached else nullcontext()
    if message_id != excerpt.marked:
        return frame
    with frame:
        mark = st.container(key=FOUND)
    mark.caption(f":material/search: {_('Found by your search')}")
    return mark


def _count_positions(chat_id: UUID, messages: Sequence[Message]) -> tuple[int, int]:
    """How many messages have left the top of the page since it was opened, and how many its end in this run.

    Empty elements take the positions of those at the top. Their count starts again after MESSAGES_LIMIT, because empty
    elements also cost time.
    """
    key, ids = f"drawn-{chat_id}", [message.id for message in messages]
    previous_ids, before = st.session_state.get(key, ([], 0))
    removed = (before + previous_ids.index(ids[0])) % MESSAGES_LIMIT if ids and ids[0] in previous_ids else 0
    st.session_state[key] = (ids, removed)
    return removed, max(0, before + len(previous_ids) - removed - len(ids))


def _draw_answer(context: PageContext, chat: Chat, message: Message, row: AnswerRow, following: Message | None) -> bool:
    """Returns whether a dialog is open."""
    with st.chat_message("assistant", avatar=agent_avatar(message.agent or chat.agent)):
        foot = _answer_foot(context, chat, message)
        note = "" if row.is_needed else f"{foot} {_copy_link_of(message, following)}"
        history, kept = history_of(context, chat, message), kept_chart_of(context, chat, message)
        draw_parts(message.parts, message.status, note, str(message.id), history, kept)
        return row.is_needed and draw_answer_row(context, chat, row, foot)


def _copy_link_of(answer: Message, following: Message | None) -> str:
    return copy_link(answer.chat_id, following.id) if following and answer.content else ""


def _answer_foot(context: PageContext, chat: Chat, message: Message) -> str:
    foot = saved_mark(context, message) if is_own(chat) else time_of(message)
    if is_own(chat) and is_asked_as_app_instead(context, message):
        foot = f":material/shield: {_('Asked as the app')} · {foot}"
    if message.agent and message.agent != chat.agent:
        return f"{agent_label(message.agent)} · {foot}"
    return foot
