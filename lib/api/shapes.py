"""JSON as programs see it: camelCase, times in ISO 8601 and UTC."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lib.chat.turn import Turn
from lib.identity import User
from lib.store.models import Chat, Message, Status


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class UserShape(Shape):
    id: str
    email: str | None
    name: str | None


class SessionShape(Shape):
    user: UserShape
    authenticated: bool


class ChatShape(Shape):
    id: UUID
    title: str
    visibility: Literal["private", "public"]
    pinned: bool
    archived: bool
    created_at: datetime
    updated_at: datetime
    running: bool


class HistoryShape(Shape):
    """`hasMore` in the direction that was asked for."""

    data: list[ChatShape]
    has_more: bool


class MessageShape(Shape):
    id: UUID
    role: Literal["system", "user", "assistant", "tool"]
    parts: list[dict[str, Any]]
    content: str
    attachments: list[Any]
    status: Status
    trace_id: str | None
    parent_id: UUID | None
    created_at: datetime | None


class MessagesShape(Shape):
    data: list[MessageShape]
    source: Literal["live"] = "live"


class DoneShape(Shape):
    success: bool = True


class HealthShape(Shape):
    status: Literal["ok"] = "ok"


class ErrorShape(Shape):
    error: str
    code: str


class AskedMessage(Shape):
    """`id` is made by the caller; sending the same again asks nothing twice."""

    id: UUID | None = None
    role: Literal["system", "user", "assistant"]
    content: str


class AskShape(Shape):
    """The last message is the question. Earlier ones count only where nothing is stored (Ephemeral)."""

    id: UUID | None = Field(default=None, description="The chat; a new one is made for an id that is not in use.")
    messages: list[AskedMessage] = Field(min_length=1, max_length=10_000)
    agent: str | None = Field(default=None, max_length=200)


def session_shape(user: User) -> SessionShape:
    return SessionShape(user=UserShape(id=user.id, email=user.email, name=user.name), authenticated=user.authenticated)


def chat_shape(chat: Chat) -> ChatShape:
    return ChatShape.model_validate(
        {
            "id": chat.id,
            "title": chat.title,
            "visibility": chat.visibility,
            "pinned": chat.pinned_at is not None,
            "archived": chat.archived_at is not None,
            "created_at": chat.created_at,
            "updated_at": chat.updated_at,
            "running": chat.running,
        }
    )


def message_shape(message: Message) -> MessageShape:
    return MessageShape(
        id=message.id,
        role=message.role,
        parts=message.parts,
        content=message.content,
        attachments=message.attachments,
        status=message.status,
        trace_id=message.trace_id,
        parent_id=message.parent_id,
        created_at=message.created_at,
    )


def running_shape(turn: Turn) -> MessageShape:
    """The answer as far as it has come."""
    return MessageShape(
        id=turn.id,
        role="assistant",
        parts=list(turn.answer.parts),
        content=turn.answer.content,
        attachments=[],
        status="running",
        trace_id=turn.answer.trace_id,
        parent_id=turn.question_id,
        created_at=None,
    )
