"""What is stored, as the rest of the app sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Part = dict[str, Any]
"""`{"type": "text"|"reasoning"|"tool_call"|"tool_result"|"citation"|"error", …}`, in the order they came."""
Role = Literal["system", "user", "assistant", "tool"]
Status = Literal["running", "complete", "stopped", "interrupted", "failed"]


@dataclass(frozen=True)
class Chat:
    id: UUID
    title: str
    title_source: str
    visibility: str
    agent: str | None
    pinned_at: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    running: bool
    unread: bool = False
    """Something was finished since the owner last looked."""


@dataclass(frozen=True)
class Message:
    """`content` is the visible text of `parts`."""

    id: UUID
    chat_id: UUID
    parent_id: UUID | None
    role: Role
    status: Status
    parts: list[Part]
    content: str
    created_at: datetime
    attachments: list[Any] = field(default_factory=list)
    trace_id: str | None = None
    usage: dict[str, Any] | None = None


@dataclass(frozen=True)
class Spoken:
    """What an agent is told of a message."""

    id: UUID
    role: Role
    parts: list[Part]


@dataclass(frozen=True)
class Page:
    """Chats, the last active first; `has_more` in the direction that was asked for."""

    chats: list[Chat]
    has_more: bool


@dataclass(frozen=True)
class NewTurn:
    """A question and the turn that is to answer it. All ids are the caller's, so that a repeat changes nothing."""

    turn_id: UUID
    chat_id: UUID
    question_id: UUID
    question: str
    title: str
    agent: str | None
    owner: str


@dataclass(frozen=True)
class Started:
    """`is_new` False: these ids were started before, here or elsewhere; nothing was changed."""

    agent: str | None
    is_new: bool
    is_new_chat: bool


@dataclass(frozen=True)
class RunningTurn:
    id: UUID
    question_id: UUID
    owner: str


@dataclass(frozen=True)
class LogReading:
    """`chunks` are the agent's messages as JSON, in order, none left out."""

    status: Status
    chunks: list[str]


@dataclass(frozen=True)
class LogRow:
    """The agent's messages of one turn, numbered from `first_seq`."""

    turn_id: UUID
    first_seq: int
    chunks: list[str]


@dataclass(frozen=True)
class ClaimedTurn:
    """A turn whose process died, now this process's to end."""

    id: UUID
    chat_id: UUID
    user_id: str
    question_id: UUID


@dataclass(frozen=True)
class Ending:
    """How a turn ended and the message that it leaves."""

    turn_id: UUID
    chat_id: UUID
    question_id: UUID
    status: Status
    parts: list[Part]
    content: str
    trace_id: str | None
    usage: dict[str, Any] | None
    first_event_ms: int | None


def text_part(text: str) -> Part:
    return {"type": "text", "text": text}
