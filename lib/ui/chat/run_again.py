"""Asks the question of an answer once more, for the data of today, and finds the earlier results to compare with."""

from datetime import datetime
from functools import partial
from uuid import UUID

import streamlit as st

from lib.chat.another_answer import question_again
from lib.errors import DatabaseUnavailable
from lib.messages.result import find_result
from lib.store.answer_ids import new_answer_id
from lib.store.models import Chat, Message
from lib.ui.answer.history import NO_HISTORY, Earlier, History
from lib.ui.chat.composer import send
from lib.ui.chat.excerpt import is_own
from lib.ui.dates import day_and_time
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext, timezone
from lib.ui.toasts import show_errors

RUN_AGAIN = N_("Run again")
HELP = N_(
    "Asks the same question again, for the data of today. This answer and what follows it stay: the arrows lead back."
)


def can_run_again(answer: Message) -> bool:
    """Whether it rests on a result. Below an answer that is not complete stands "Try again"."""
    return answer.status == "complete" and find_result(answer.parts) is not None


def history_of(context: PageContext, chat: Chat, answer: Message) -> History:
    """Readers of another user's chat see no other version, and cannot ask."""
    if not is_own(chat):
        return NO_HISTORY
    earlier = _earlier(context, answer)
    run_from: UUID | None = st.session_state.get(_run_from(answer.id))
    return History(
        [_described(context, answer, *each) for each in earlier],
        "none" if not earlier else "open" if run_from else "offered",
        next((place for place, (id, _said_at) in enumerate(earlier) if id == run_from), 0),
        partial(_draw_button, context, chat, answer) if can_run_again(answer) else NO_HISTORY.draw_action,
    )


def _draw_button(context: PageContext, chat: Chat, answer: Message) -> None:
    st.button(
        _(RUN_AGAIN),
        key=f"run-again-{answer.id}",
        help=_(HELP),
        icon=":material/update:",
        type="tertiary",
        on_click=_run_again,
        args=(context, chat, answer),
    )


def _run_again(context: PageContext, chat: Chat, answer: Message) -> None:
    """The agent that gave the answer is asked, if it is still there."""
    answer_id, agents = new_answer_id(), context.runtime.agents.names
    agent = answer.agent if answer.agent in agents and answer.agent != chat.agent else None
    st.session_state[_run_from(answer_id)] = answer.id
    with show_errors():
        send(context, question_again(context.store, answer.chat_id, answer.id, answer_id, agent))


def _earlier(context: PageContext, answer: Message) -> list[tuple[UUID, datetime]]:
    """The earlier versions that have a result, and when they were given, the last one first.

    They do not change, so the store is asked once in a session.
    """
    before = answer.siblings[: answer.siblings.index(answer.id)] if answer.id in answer.siblings else []
    if not before or find_result(answer.parts) is None:
        return []
    key = f"earlier-results-{answer.id}"
    if key not in st.session_state:
        try:
            found = [context.store.get_message(id) for id in reversed(before)]
        except DatabaseUnavailable:
            return []
        st.session_state[key] = [(each.id, each.created_at) for each in found if each and find_result(each.parts)]
    earlier: list[tuple[UUID, datetime]] = st.session_state[key]
    return earlier


def _described(context: PageContext, answer: Message, earlier_id: UUID, created_at: datetime) -> Earlier:
    local = created_at.astimezone(timezone())
    said_at = day_and_time(local, datetime.now(local.tzinfo))
    return Earlier(answer.siblings.index(earlier_id) + 1, said_at, partial(_output, context, earlier_id))


def _output(context: PageContext, answer_id: UUID) -> str | None:
    try:
        answer = context.store.get_message(answer_id)
    except DatabaseUnavailable:
        return None
    result = find_result(answer.parts) if answer else None
    return result.output.output if result else None


def _run_from(answer_id: UUID) -> str:
    """Where the session keeps which answer was run again to get this one."""
    return f"run-from-{answer_id}"
