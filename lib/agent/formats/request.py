"""The request body for each kind of agent, small enough to be taken."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lib.agent.formats.shared.conversation import chat_messages, input_items
from lib.agent.question import Ask
from lib.errors import AgentFailed
from lib.messages.parts import ContextMessage

Format = Literal["responses", "chat"]
FORMATS: dict[str, Format] = {"responses": "responses", "chat": "chat"}
"""By their names in AGENT_FORMAT."""
Body = dict[str, Any]
Notice = Callable[[str], None]

# Model serving takes 4 MB; whether that is 4,000,000 or 2**22 bytes it does not say.
MAX_BODY_BYTES = 4_000_000
TOO_LARGE = "Your message is too large for the agent. Shorten it, please."


@dataclass(frozen=True)
class Dialect:
    """How an agent is asked. It may refuse a field that it does not know, so each is sent only where it is known."""

    form: Format
    takes_context: bool = False
    gives_trace: bool = False
    model: str | None = None
    wants_usage: bool = False
    """Ask for token counts, which OpenAI-compatible servers leave out of a stream otherwise."""


# By what Databricks calls an endpoint's task.
TASKS: dict[str, Dialect] = {
    "llm/v1/chat": Dialect("chat"),
    "agent/v1/chat": Dialect("chat", gives_trace=True),
    "agent/v2/chat": Dialect("chat", takes_context=True, gives_trace=True),
    "agent/v1/responses": Dialect("responses", takes_context=True, gives_trace=True),
    "agent/v2/responses": Dialect("responses", takes_context=True, gives_trace=True),
}
UNKNOWN = Dialect("responses", gives_trace=True)
"""Whatever has another task speaks Responses, as new agents do."""
PLAIN_CHAT = Dialect("chat")


def body(ask: Ask, dialect: Dialect, notice: Notice) -> Body:
    """The streaming request. Turns that do not fit are left out, the oldest first, and `notice` says so.

    Raises AgentFailed when the question alone is too large.
    """
    turns = _turns(ask.conversation)
    sizes = [_size(turn, dialect) for turn in turns]
    # The first has no comma before it.
    kept, room = len(turns), 1 + MAX_BODY_BYTES - _bytes(_frame(ask, dialect, [])) - sum(sizes[:1])
    while kept > 1 and room >= sizes[kept - 1]:
        room -= sizes[kept - 1]
        kept -= 1
    dropped = kept - 1
    if room < 0 or dropped == len(turns) - 1 > 0:
        raise AgentFailed(TOO_LARGE)
    if dropped:
        notice(f"The conversation is too long for the agent: its {_oldest(dropped)} left out.")
    return _frame(ask, dialect, [message for turn in (turns[0], *turns[kept:]) for message in turn])


def format_of(found: Body) -> Format:
    return "chat" if "messages" in found else "responses"


def without_streaming(found: Body, *, is_field_known: bool = True) -> Body:
    """It is said outright where the field is known, since some stream when they are told nothing."""
    rest = {key: value for key, value in found.items() if key not in ("stream", "stream_options")}
    return rest | ({"stream": False} if is_field_known else {})


def encoded(found: Body) -> bytes:
    """As it is sent."""
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _frame(ask: Ask, dialect: Dialect, conversation: Sequence[ContextMessage]) -> Body:
    found: Body = {"stream": True, **_told(conversation, dialect)}
    if dialect.takes_context:
        found["context"] = {"conversation_id": str(ask.chat_id), "user_id": ask.user.email or ask.user.id}
    if dialect.gives_trace:
        found["databricks_options"] = {"return_trace": True}
    if dialect.model:
        found["model"] = dialect.model
    if dialect.wants_usage:
        found["stream_options"] = {"include_usage": True}
    return found


def _told(conversation: Sequence[ContextMessage], dialect: Dialect) -> Body:
    if dialect.form == "responses":
        return {"input": input_items(conversation)}
    return {"messages": chat_messages(conversation)}


def _turns(conversation: Sequence[ContextMessage]) -> list[list[ContextMessage]]:
    """First what stands before any question, such as instructions; then a list for each question and its answers."""
    turns: list[list[ContextMessage]] = [[]]
    for message in conversation:
        if message.role == "user":
            turns.append([])
        if message.role == "system":
            turns[0].append(message)
        elif len(turns) > 1:
            turns[-1].append(message)
    return turns


def _size(turn: Sequence[ContextMessage], dialect: Dialect) -> int:
    """What it adds to a request, the comma before it included."""
    return _bytes(_told(turn, dialect)) - _bytes(_told([], dialect)) + 1 if turn else 0


def _bytes(found: Body) -> int:
    return len(encoded(found))


def _oldest(dropped: int) -> str:
    return "oldest turn was" if dropped == 1 else f"{dropped} oldest turns were"
