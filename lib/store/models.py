"""Chats, messages and turns as a store takes and returns them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from lib.identity import AskedAs
from lib.messages.parts import Part, Role
from lib.messages.serialise import Parts
from lib.store.cursor import Cursor
from lib.store.files import Attachment
from lib.tables.charts import Chart

Visibility = Literal["private", "public"]
Delivery = Literal["waiting", "sent", "refused"]
Receiver = Literal["mlflow", "genie"]
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
    """An answer has ended since the owner last opened the chat."""
    deleted_at: datetime | None = None
    """Since when it has been in the trash. Only `list_trashed` gives chats that are."""
    shared_at: datetime | None = None
    shared_until: datetime | None = None
    snapshot_id: UUID | None = None
    """The last message that readers of a snapshot see."""
    uses_instructions: bool = True
    """Whether its questions are asked with the owner's standing instructions."""
    is_waiting: bool = False
    allows_tools: bool = False
    """While `running`, it waits for its owner's approval; and whether they have always allowed any tool in it."""


@dataclass(frozen=True, kw_only=True)
class SharedChat(Chat):
    """A chat that the user may read."""

    is_owner: bool
    owner_name: str | None


@dataclass(frozen=True)
class Vote:
    """`tags` are reasons, in the words of FEEDBACK_TAGS when the vote was cast."""

    is_upvoted: bool
    comment: str | None = None
    tags: tuple[str, ...] = ()
    delivery: Delivery | None = field(default=None, compare=False)
    """Where its assessment for the receiver is; None if nobody is told. Not part of what is said."""
    receiver: Receiver | None = field(default=None, compare=False)


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
    """For an answer; None if unknown, or if no agent was asked."""
    agent: str | None = None
    """For an answer: the agent that gave it; None if unknown."""
    model: str | None = None
    started_at: datetime | None = None
    first_event_ms: int | None = None
    failure: str | None = None
    """These four for an answer, if known: the model that the agent named, when its turn began (it ended at
    `created_at`), how long its first word took, and why it failed."""
    chart: Chart | None = None
    """For an answer: how its owner has chosen to see its result; None for a table. It may not fit the result."""
    siblings: list[UUID] = field(default_factory=list)
    """All versions at its place, itself among them: oldest first, then the answer that is being written there. Only its
    owner sees others than itself."""
    saved: bool = True
    """False while it waits to be written to the database."""
    refused: bool = False
    """The database will never accept it: it exists only here and in the dead-letter file."""

    @property
    def duration_ms(self) -> int | None:
        """From the question to the end of the answer, if known. An imported turn may begin with its end."""
        if self.started_at is None or self.started_at >= self.created_at:
            return None
        # Rounded up: none is so short that it would look like one of unknown length in a file.
        return -((self.started_at - self.created_at) // timedelta(milliseconds=1))


@dataclass(frozen=True)
class Page:
    """Chats, the last active first. `has_more` tells whether more follow in the direction that was asked for.

    `cursor` is where they follow; None if there are none.
    """

    chats: list[Chat]
    has_more: bool
    cursor: Cursor | None = None


@dataclass(frozen=True)
class NewTurn:
    """A question and the turn that will answer it. The caller makes all ids, so repeating the call changes nothing."""

    turn_id: UUID
    chat_id: UUID
    question_id: UUID
    question: str
    title: str
    agent: str | None
    owner: str
    is_new_chat: bool = False
    """The caller has just made the chat's id, so it is nobody else's, even if the database cannot be asked."""
    attachments: list[Attachment] = field(default_factory=list)
    follows: UUID | None = None
    """The message that the question follows. With None it follows the end of the open branch, or `is_beginning`."""
    is_beginning: bool = False
    """The question follows nothing: it begins the chat anew."""
    other_agent: str | None = None
    """Answers this once instead of the chat's."""
    said_at: datetime | None = None
    """When the user asked, if the question had to wait to be stored; None means now."""
    asked_as: AskedAs | None = None


@dataclass(frozen=True)
class Started:
    """With `is_new=False` this turn had been started before, by this process or another; nothing was changed."""

    agent: str | None
    is_new: bool
    is_new_chat: bool
    instructions: str | None = None
    """The user's own, which the question is asked with; empty if there are none. None: the chat does not use them."""


@dataclass(frozen=True)
class RunningTurn:
    id: UUID
    question_id: UUID
    owner: str
    agent: str | None = None
    asked_as: AskedAs | None = None
    is_waiting: bool = False
    """For its user, who is to approve what the agent wants to do. No process works on it."""


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
    model: str | None = None
    failure: str | None = None
    ended_at: datetime | None = None
    """When the turn ended, if the answer had to wait to be stored; None means now."""


def has_earlier(messages: Sequence[Message]) -> bool:
    """Whether the branch begins before these messages: only its first message has no parent."""
    return bool(messages) and messages[0].parent_id is not None
