"""Lakechat's own file format: one chat with everything in it, as JSON. Described in docs/export-format.md.

A file of a version that is not VERSION is not read by this version of the app. Fields that are added later are optional
and change no meaning of the others, so they need no new version; fields that are not known are ignored.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator
from pydantic.alias_generators import to_camel

from lib.identity import AskedAs
from lib.messages.parts import Part, Role
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.store.models import Visibility
from lib.tables.chart_json import chart_from_json, chart_to_json
from lib.tables.charts import Chart

FORMAT: Literal["lakechat.chat"] = "lakechat.chat"
VERSION: Literal[1] = 1
MEDIA_TYPE = "application/json"
MAX_DURATION_MS = 2**31 - 1

Time = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
"""In ISO 8601; written in UTC."""


def _parts(data: Any) -> list[Part]:
    """From parts, or from their JSON."""
    if isinstance(data, list) and data and all(isinstance(each, Part) for each in data):
        return data
    return parts_from_json(data)


_Parts = Annotated[list[Part], PlainValidator(_parts), PlainSerializer(parts_to_json)]
_Chart = Annotated[Chart | None, PlainValidator(chart_from_json), PlainSerializer(chart_to_json)]
EndedStatus = Literal["complete", "stopped", "interrupted", "failed"]
"""An answer that is still being written is in no file."""


class _Section(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True, extra="ignore")


class FileVote(_Section):
    """What the person who exported thought of an answer."""

    is_upvoted: bool
    comment: str | None = None
    tags: list[str] = []


class FileAttachment(_Section):
    """What is known of a file that belongs to a question. `size` in bytes; `url` says where it is if elsewhere.

    With an `id` the app keeps it, and the zip of several chats holds it as `files/<id>/<name>`.
    """

    id: UUID | None = None
    name: str
    content_type: str
    size: int | None = None
    url: str | None = None


class FileMessage(_Section):
    """`parent_id` is None for a first message. Every other parent stands before its children."""

    id: UUID
    parent_id: UUID | None
    role: Role
    status: EndedStatus
    parts: _Parts
    content: str
    """The visible text of `parts`."""
    created_at: Time
    attachments: list[FileAttachment] = Field(default_factory=list)
    agent: str | None = None
    """That gave the answer; None for a question, or where it is not known."""
    asked_as: AskedAs | None = None
    trace_id: str | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    """That the agent named in its answer."""
    first_event_ms: int | None = None
    """From the question to the first word of the answer."""
    duration_ms: int | None = Field(default=None, ge=0, le=MAX_DURATION_MS)
    """From the question to the end of the answer, which is `created_at`."""
    failure: str | None = None
    """Why there is no whole answer, as a word of `lib.errors`."""
    vote: FileVote | None = None
    chart: _Chart = None
    """How the owner chose to see the result of the answer. What is no chart is read as None."""


class FileChat(_Section):
    """`leaf_id` is the last message of the open branch: its ancestors are the conversation as the page shows it."""

    id: UUID
    title: str
    title_source: Literal["question", "model", "user"] = "user"
    visibility: Visibility = "private"
    shared_at: Time | None = None
    shared_until: Time | None = None
    snapshot_id: UUID | None = None
    agent: str | None = None
    pinned_at: Time | None = None
    archived_at: Time | None = None
    uses_instructions: bool = True
    created_at: Time
    updated_at: Time
    leaf_id: UUID | None = None


class ChatFile(_Section):
    """The whole file. `messages` are those of all branches, in the order in which they came."""

    format: Literal["lakechat.chat"] = FORMAT
    version: Literal[1] = VERSION
    exported_at: Time
    chat: FileChat
    messages: Sequence[FileMessage]


def head_json(chat: FileChat, exported_at: datetime) -> str:
    """A file up to its first message. Behind it come the messages, with commas between them, and FOOT."""
    head = ChatFile(exported_at=exported_at, chat=chat, messages=()).model_dump_json(by_alias=True)
    return head.removesuffix("[]}") + "[\n"


def message_json(message: FileMessage) -> str:
    """One line."""
    return message.model_dump_json(by_alias=True)


FOOT = "\n]}\n"


def read_chat_file(data: str | bytes) -> ChatFile:
    """Raises pydantic's ValidationError for what is no such file."""
    return ChatFile.model_validate_json(data)


def read_chat_object(data: dict[str, Any]) -> ChatFile:
    """The same for JSON that has been parsed."""
    return ChatFile.model_validate(data)
