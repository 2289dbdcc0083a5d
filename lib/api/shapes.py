"""JSON as programs see it: camelCase, times in ISO 8601 and UTC."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt
from pydantic.alias_generators import to_camel

from lib.chat.attachments import MAX_ATTACHMENTS, MAX_NAME_CHARS, MAX_SIZE_BYTES, MAX_TYPE_CHARS, MAX_URL_CHARS
from lib.identity import AskedAs
from lib.store.given import MAX_COMMENT_CHARS, MAX_TITLE_CHARS
from lib.store.models import Status, Visibility


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class UserShape(Shape):
    id: str
    email: str | None
    name: str | None


class SessionShape(Shape):
    user: UserShape
    authenticated: bool


class AgentsShape(Shape):
    data: list[str]


class LakebaseShape(Shape):
    """`migration` is the number of the last one; None while it is unknown."""

    mode: Literal["saved", "ephemeral", "reconnecting"]
    since: datetime | None
    reason: str | None
    migration: int | None


class ChatShape(Shape):
    """Whether it is pinned or put aside is told to its owner alone."""

    id: UUID
    title: str
    visibility: Visibility
    pinned: bool
    archived: bool
    created_at: datetime
    updated_at: datetime
    running: bool
    is_owner: bool = True
    owner_name: str | None = None


class HistoryShape(Shape):
    """`hasMore` in the direction that was asked for; `nextCursor` is null when there is no more."""

    data: list[ChatShape]
    has_more: bool
    next_cursor: str | None


class AttachmentShape(Shape):
    """What is known of a file that goes with a question; the file is not sent. `size` in bytes."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    content_type: str = Field(min_length=1, max_length=MAX_TYPE_CHARS)
    size: StrictInt | None = Field(default=None, ge=0, le=MAX_SIZE_BYTES)
    url: str | None = Field(
        default=None, max_length=MAX_URL_CHARS, description="Where the file lies: https:// or http://"
    )


class MessageShape(Shape):
    id: UUID
    role: Literal["system", "user", "assistant", "tool"]
    parts: list[dict[str, Any]]
    content: str
    attachments: list[AttachmentShape]
    status: Status
    trace_id: str | None
    asked_as: AskedAs | None = Field(description="Of an answer: with the rights of the person who asked, or the app's.")
    parent_id: UUID | None
    created_at: datetime | None


class MessagesShape(Shape):
    """`hasMore`: earlier ones; `nextCursor` is what to give as `before` to have them."""

    data: list[MessageShape]
    has_more: bool
    next_cursor: UUID | None
    source: Literal["live"] = "live"


class DoneShape(Shape):
    success: bool = True


class ChangeShape(Shape):
    """What is left out, or null, stays as it is."""

    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE_CHARS)
    pinned: StrictBool | None = None
    archived: StrictBool | None = None


class VisibilityShape(Shape):
    visibility: Visibility


class VisibilityDoneShape(DoneShape):
    visibility: Visibility


class CopyShape(Shape):
    """`id` of the copy, made by the caller."""

    id: UUID


class CopiedShape(DoneShape):
    id: UUID


class HitShape(Shape):
    """`messageId` null: found in the title."""

    chat_id: UUID
    message_id: UUID | None
    title: str
    snippet: str


class SearchShape(Shape):
    data: list[HitShape]


class FeedbackShape(Shape):
    """`isUpvoted` null takes the vote back."""

    message_id: UUID
    is_upvoted: StrictBool | None
    comment: str | None = Field(default=None, max_length=MAX_COMMENT_CHARS)


class VoteShape(Shape):
    message_id: UUID
    is_upvoted: bool
    comment: str | None


class FeedbacksShape(Shape):
    data: list[VoteShape]


class HealthShape(Shape):
    status: Literal["ok"] = "ok"


class ErrorShape(Shape):
    error: str
    code: str


class AskedMessage(Shape):
    """`id` is made by the caller; sending the same again asks nothing twice. Attachments of the last one are kept."""

    id: UUID | None = None
    role: Literal["system", "user", "assistant"]
    content: str
    attachments: list[AttachmentShape] = Field(default=[], max_length=MAX_ATTACHMENTS)


class AskShape(Shape):
    """The last message is the question. Earlier ones count only where nothing is stored (Ephemeral)."""

    id: UUID | None = Field(default=None, description="The chat; a new one is made for an id that is not in use.")
    messages: list[AskedMessage] = Field(min_length=1, max_length=10_000)
    agent: str | None = Field(default=None, max_length=200)
