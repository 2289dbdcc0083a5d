"""What is stored, as the rest of the app sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

# Before Python 3.12 pydantic, which the journal is read with, takes no other.
from typing_extensions import TypedDict

from lib.identity import AskedAs
from lib.messages.parts import Part, Role
from lib.messages.serialise import Parts
from lib.store.cursor import Cursor

Visibility = Literal["private", "public"]
MARK_START, MARK_END = "\ue000", "\ue001"
"""Around what was found, in a snippet: characters for private use, which no stored text can bring into it."""
Status = Literal["running", "complete", "stopped", "interrupted", "failed"]


class Attachment(TypedDict):
    """What is known of a file that goes with a question. The file is not here; `url` is where somebody keeps it."""

    name: str
    content_type: str
    size: int | None
    """In bytes."""
    url: str | None


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


@dataclass(frozen=True, kw_only=True)
class SharedChat(Chat):
    """A chat that the user may read. What its owner alone may know (pinned, archived, unread) is not told to others."""

    is_owner: bool
    owner_name: str | None


@dataclass(frozen=True)
class SearchHit:
    """`message_id` None: the title. `snippet` is plain text, what was found between MARK_START and MARK_END."""

    chat_id: UUID
    message_id: UUID | None
    title: str
    snippet: str


@dataclass(frozen=True)
class Vote:
    is_upvoted: bool
    comment: str | None = None


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
    attachments: list[Attachment] = field(default_factory=list)
    trace_id: str | None = None
    usage: dict[str, Any] | None = None
    asked_as: AskedAs | None = None
    """Of an answer; None where it is not known, or nobody was asked."""
    saved: bool = True
    """False while it waits for the database to come back."""
    refused: bool = False
    """The database will never take it: it is here, and in the file of what could not be saved, and nowhere else."""


@dataclass(frozen=True)
class Page:
    """Chats, the last active first; `has_more` in the direction that was asked for, and `cursor` where it goes on."""

    chats: list[Chat]
    has_more: bool
    cursor: Cursor | None = None


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
    is_new_chat: bool = False
    """The caller has just made the chat's id: it cannot be anybody else's, even when nothing can be looked up."""
    attachments: list[Attachment] = field(default_factory=list)
    follows: UUID | None = None
    """The message with which the chat must still end; None: whatever it ends with by then."""
    said_at: datetime | None = None
    """Of one that had to wait; None: now."""
    asked_as: AskedAs | None = None


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
class FoundTurn:
    """What led to an answer: its question, and what that one `follows`."""

    id: UUID
    chat_id: UUID
    question_id: UUID | None
    follows: UUID | None
    agent: str | None
    started_at: datetime


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
    silent_since: datetime
    asked_as: AskedAs | None


@dataclass(frozen=True)
class Ending:
    """How a turn ended and the message that it leaves."""

    turn_id: UUID
    chat_id: UUID
    question_id: UUID
    status: Status
    parts: Parts
    content: str
    trace_id: str | None
    usage: dict[str, Any] | None
    first_event_ms: int | None
    asked_as: AskedAs | None = None
    ended_at: datetime | None = None
    """Of one that had to wait; None: now."""


def has_earlier(messages: Sequence[Message]) -> bool:
    """Whether more was said before these, which are a part of a branch: its first message alone has no parent."""
    return bool(messages) and messages[0].parent_id is not None
