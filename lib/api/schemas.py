"""The JSON of requests and responses: camelCase, times in ISO 8601 and UTC."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from lib.api.approval_schemas import AwaitedCallSchema
from lib.api.attachment_schemas import AttachmentSchema
from lib.api.chart_schemas import ChartSchema
from lib.api.schema_base import Schema
from lib.api.usage_schemas import UsageSchema
from lib.identity import AskedAs
from lib.store.models import Status, Visibility
from lib.store.search_hit import Speaker
from lib.store.validation import MAX_TITLE_CHARS


class UserSchema(Schema):
    id: str
    email: str | None
    name: str | None


class SessionSchema(Schema):
    user: UserSchema
    authenticated: bool
    asked_as: AskedAs | None = Field(
        description="With whose rights a question of yours is asked now; null: none, because your sign-in is missing."
    )
    expires_in_seconds: int | None = Field(
        description="How long your sign-in, with which a question is asked, is still valid; null where it is not known."
    )


class AgentSchema(Schema):
    id: str = Field(description="What `agent` takes")
    name: str
    description: str
    icon: str = Field(description="An emoji, `:material/name:` for one of Google's Material Symbols, or empty")
    starters: list[str]


class AgentsSchema(Schema):
    data: list[str] = Field(description="What `agent` takes, the default first")
    profiles: list[AgentSchema]


class LakebaseSchema(Schema):
    """`migration` is the number of the last migration; None while it is unknown."""

    mode: Literal["saved", "ephemeral", "reconnecting"]
    since: datetime | None
    reason: str | None
    migration: int | None


class SharingSchema(Schema):
    """`snapshot`: readers do not see what is said later. `sharedAt` is null where it is not known."""

    snapshot: bool
    shared_at: datetime | None
    expires_at: datetime | None


class ChatSchema(Schema):
    """Only the owner sees whether the chat is pinned, archived or asked without standing instructions.

    Of a snapshot, others do not see when the chat was last active: `updatedAt` is then when it was shared.
    """

    id: UUID
    title: str
    visibility: Visibility
    pinned: bool
    archived: bool
    uses_instructions: bool
    created_at: datetime
    updated_at: datetime
    running: bool
    waiting: bool = Field(default=False, description="The answer that runs waits for an approval of yours.")
    is_owner: bool = True
    owner_name: str | None = None
    sharing: SharingSchema | None = Field(default=None, description="Null for a private chat.")


class HistorySchema(Schema):
    """`hasMore` in the requested direction; `nextCursor` is null when there is no more."""

    data: list[ChatSchema]
    has_more: bool
    next_cursor: str | None


class MessageSchema(Schema):
    id: UUID
    role: Literal["system", "user", "assistant", "tool"]
    parts: list[dict[str, Any]]
    content: str
    attachments: list[AttachmentSchema]
    status: Status
    trace_id: str | None
    asked_as: AskedAs | None = Field(description="Of an answer: with the rights of the person who asked, or the app's.")
    agent: str | None = Field(description="Of an answer: the agent that gave it; null where it is not known.")
    model: str | None = Field(default=None, description="Of an answer: the model that the agent named.")
    usage: UsageSchema | None = Field(default=None, description="Of an answer; null if the agent counted nothing.")
    first_word_ms: int | None = Field(default=None, description="From the question to the first word of the answer.")
    duration_ms: int | None = Field(default=None, description="From the question to the end of the answer.")
    failure: str | None = Field(default=None, description="Why there is no whole answer, as a word for programs.")
    parent_id: UUID | None
    siblings: list[UUID] = Field(description="All versions at its place, oldest first, itself among them.")
    chart: ChartSchema | None = Field(
        default=None, description="Kept with an answer; its result is a table without one."
    )
    follow_ups: list[str] = Field(
        default=[], description="Of an answer: at most three questions that suggest themselves next."
    )
    waiting_for: list[AwaitedCallSchema] = Field(
        default=[],
        description="Of an answer that runs: the calls that its owner is to approve, as in the stream's meta.",
    )
    created_at: datetime | None


class MessagesSchema(Schema):
    """`hasMore`: there are earlier messages; `nextCursor` is the `before` that gives them."""

    data: list[MessageSchema]
    has_more: bool
    next_cursor: UUID | None
    context_cut: UUID | None = Field(
        description="The last message that the agent no longer sees: the chat is too long to be sent to it whole. Null "
        "if it sees everything, and for readers of another user's chat."
    )
    context_summary: str | None = Field(
        description="What the agent is sent instead, if there is a summary. Null where `contextCut` is null."
    )
    source: Literal["live"] = "live"


class DoneSchema(Schema):
    success: bool = True


class ChangeSchema(Schema):
    """A field that is left out or null stays as it is."""

    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE_CHARS)
    pinned: StrictBool | None = None
    archived: StrictBool | None = None
    uses_instructions: StrictBool | None = None


class HitSchema(Schema):
    """`messageId` and `role` are null for a hit in the title; `createdAt` is then the beginning of the chat."""

    chat_id: UUID
    message_id: UUID | None
    title: str
    snippet: str
    created_at: datetime
    agent: str | None
    role: Speaker | None


class SearchSchema(Schema):
    """`nextCursor` is null when there is no more."""

    data: list[HitSchema]
    has_more: bool
    next_cursor: str | None


class HealthSchema(Schema):
    status: Literal["ok"] = "ok"


class ErrorSchema(Schema):
    error: str
    code: str


class OpenAIErrorDetail(BaseModel):
    """`code` is a stable word for programs; `param` names the part of the request that is wrong."""

    message: str
    type: str
    code: str
    param: str | None


class OpenAIErrorSchema(BaseModel):
    error: OpenAIErrorDetail
