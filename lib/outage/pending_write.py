"""A write that waits for the database, in a form that another process can read and apply."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from lib.addresses import folded
from lib.db.retry import backoff_seconds
from lib.errors import Gone, NoSuchMessage, NotTaken
from lib.identity import User
from lib.messages.parts import Error, Part
from lib.storable import storable
from lib.store.models import Ending, NewTurn, Started
from lib.store.turn_writes import TurnWrites

PLACEHOLDER_TITLE = "New chat"
QUESTION_NOT_TAKEN = "This question could not be saved: Lakebase does not take it. An admin of the app can find it."
ANSWER_NOT_TAKEN = "This answer could not be saved: Lakebase does not take it. An admin of the app can find it."


@dataclass(frozen=True)
class GeneratedTitle:
    chat_id: UUID
    title: str


@dataclass(frozen=True)
class AddedFollowUps:
    chat_id: UUID
    answer_id: UUID
    questions: Sequence[str]


@dataclass
class PendingWrite:
    """May be applied more than once. `is_orphan`: a question whose process died, so that nobody answers it."""

    user: User
    what: NewTurn | Ending | GeneratedTitle | AddedFollowUps
    is_orphan: bool = False
    id: UUID = field(default_factory=uuid4)
    tries: int = 0
    refusals: int = 0
    due_at: float = 0.0
    """In time.monotonic() of this process."""

    def __post_init__(self) -> None:
        if self.user.id == self.user.email:
            # A journal of an earlier version has the address as id just as it was spelled.
            self.user = replace(self.user, id=folded(self.user.id))
        self.chars = len(str(self.what))

    @classmethod
    def from_json(cls, data: Any) -> "PendingWrite":
        """Also as earlier versions wrote it. Raises ValueError."""
        return _ADAPTER.validate_python(data)

    def to_json(self) -> Any:
        return storable(_ADAPTER.dump_python(self, mode="json"))

    def at(self, moment: datetime) -> "PendingWrite":
        """The same with the time at which it was said, because it will be written later."""
        match self.what:
            case NewTurn() as turn:
                return replace(self, what=replace(turn, said_at=turn.said_at or moment))
            case Ending() as ending:
                return replace(self, what=replace(ending, ended_at=ending.ended_at or moment))
        return self

    @property
    def chat_id(self) -> UUID:
        return self.what.chat_id

    @property
    def message_id(self) -> UUID | None:
        match self.what:
            case NewTurn(question_id=question_id):
                return question_id
            case Ending(turn_id=turn_id):
                return turn_id
        return None

    def postpone(self, longest_seconds: float) -> None:
        self.tries += 1
        self.due_at = time.monotonic() + backoff_seconds(self.tries, longest_seconds)

    def apply(self, store: TurnWrites) -> object:
        """Write it to its user's store. What the store answers."""
        match self.what:
            case NewTurn() as turn:
                try:
                    started = _start(store, turn)
                except Gone:  # whoever deleted the chat wants nothing of it saved
                    return None
                if started.is_new and self.is_orphan:
                    store.finish_turn(interrupted_ending(turn))
                return started
            case Ending() as ending:
                store.finish_turn(ending)
            case GeneratedTitle(chat_id, title):
                return store.set_generated_title(chat_id, title)
            case AddedFollowUps(chat_id, answer_id, questions):
                return store.add_follow_ups(chat_id, answer_id, questions)
        return None


def _start(store: TurnWrites, turn: NewTurn) -> Started:
    try:
        return store.start_turn(turn)
    except NoSuchMessage:
        # What it follows has become a dead letter. It must not share that fate.
        return store.start_turn(replace(turn, follows=None))


_ADAPTER = TypeAdapter(PendingWrite)


def interrupted_ending(turn: NewTurn) -> Ending:
    """For a turn of which only the question is left."""
    ids = turn.turn_id, turn.chat_id, turn.question_id
    ending = Ending(*ids, "interrupted", [], "", None, None, None, turn.asked_as, failure="interrupted")
    return replace(ending, ended_at=turn.said_at)


def placeholder_for(what: NewTurn | Ending) -> NewTurn | Ending:
    """What the database gets instead of a dead letter: every reader of the chat sees that something is missing."""
    if isinstance(what, NewTurn):
        return replace(what, question=QUESTION_NOT_TAKEN, title=PLACEHOLDER_TITLE, attachments=[])
    parts: list[Part] = [Error(ANSWER_NOT_TAKEN)]
    refused = replace(what, status="failed", failure=NotTaken.code, parts=parts, content="")
    return replace(refused, trace_id=None, usage=None, model=None)
