"""The dialog that says how an answer came about: who gave it, with whose rights, how long it took and what it used."""

from collections.abc import Iterator
from datetime import datetime
from html import escape

import streamlit as st

from lib.messages.genie_id import GenieId
from lib.messages.usage import Tokens, tokens_of
from lib.store.models import Chat, Message
from lib.ui.agents import agent_name
from lib.ui.chat.excerpt import is_own
from lib.ui.dates import day_of_year, duration_text
from lib.ui.language import N_, _, number_text
from lib.ui.page_context import timezone

STATUS = {
    "complete": N_("complete"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
}
Rows = Iterator[tuple[str, str]]


def details_dialog(chat: Chat, answer: Message) -> None:
    st.dialog(_("Details of this answer"), on_dismiss="rerun")(_draw)(answer, is_own(chat))


def _draw(answer: Message, is_owner: bool) -> None:
    """The trace holds more than the chat does, so only its owner is led to it."""
    rows = (*_origin(answer, is_owner), *_times(answer), *_tokens(tokens_of(answer.usage)))
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    st.html(f'<dl class="details">{items}</dl>')
    if is_owner and answer.trace_id:
        st.caption(_("Message in Genie") if GenieId.read(answer.trace_id) else _("Trace id in MLflow"))
        st.code(answer.trace_id, language=None, wrap_lines=True)


def _origin(answer: Message, is_owner: bool) -> Rows:
    if answer.agent:
        name = agent_name(answer.agent)
        yield _("Agent"), name if name == answer.agent else f"{name} ({answer.agent})"
    if answer.model:
        yield _("Model"), answer.model
    if answer.asked_as == "app":
        yield _("Asked as"), _("the app")
    elif answer.asked_as:
        yield _("Asked as"), _("you") if is_owner else _("the owner of the chat")
    yield _("Status"), _(STATUS[answer.status])
    if answer.failure:
        yield _("Cause"), answer.failure


def _times(answer: Message) -> Rows:
    took_ms = answer.duration_ms
    if answer.started_at and took_ms is not None:
        yield _("Asked at"), _moment(answer.started_at)
    yield _("Ended at"), _moment(answer.created_at)
    if answer.first_event_ms is not None:
        yield _("First word after"), duration_text(answer.first_event_ms)
    if took_ms is not None:
        yield _("Took"), duration_text(took_ms)


def _tokens(tokens: Tokens | None) -> Rows:
    if tokens is None:
        yield _("Tokens"), _("not counted by the agent")
        return
    if tokens.input is not None:
        yield _("Tokens read"), _with_part(tokens.input, tokens.cached, _("{number} ({part} from a cache)"))
    if tokens.output is not None:
        yield _("Tokens written"), _with_part(tokens.output, tokens.reasoning, _("{number} ({part} for reasoning)"))
    if tokens.total is not None:
        yield _("Tokens in total"), number_text(tokens.total)


def _with_part(number: int, part: int | None, text: str) -> str:
    return text.format(number=number_text(number), part=number_text(part)) if part else number_text(number)


def _moment(at: datetime) -> str:
    local = at.astimezone(timezone())
    return f"{day_of_year(local, datetime.now(local.tzinfo))}, {local:%H:%M:%S}"
