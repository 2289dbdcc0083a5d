"""Turns that are looked up, their log, and those whose process died, as the rest of the app sees them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lib.store.models import RunningTurn, Status


@dataclass(frozen=True)
class LogReading:
    """`chunks` are the agent's messages as JSON, in order and without gaps."""

    status: Status
    chunks: list[str]
    is_waiting: bool = False
    """As in `RunningTurn`."""


@dataclass(frozen=True)
class LogRow:
    """The agent's messages of one turn, numbered from `first_seq`."""

    turn_id: UUID
    first_seq: int
    chunks: list[str]
    first_event_ms: int | None = None
    """Of the turn, as far as it is known by then."""


@dataclass(frozen=True, kw_only=True)
class ClaimedTurn(RunningTurn):
    """A turn whose process died, and which this process must end."""

    chat_id: UUID
    user_id: str
    silent_since: datetime


@dataclass(frozen=True)
class ParkedTurn:
    """A turn that is to wait for its user. `chunks` is its whole log, for a store that has no log of its own."""

    turn_id: UUID
    chat_id: UUID
    owner: str
    chunks: list[str]


@dataclass(frozen=True)
class FoundTurn:
    """The turn of an answer. `follows` is the message before its question; None at the beginning of a chat."""

    id: UUID
    chat_id: UUID
    question_id: UUID | None
    follows: UUID | None
    agent: str | None
    started_at: datetime
