"""What could not be written while the database was away, in order, until it can."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any
from uuid import UUID

from lib.db.failures import StatementFailed, is_passing
from lib.errors import ChatBusy, DatabaseUnavailable, LakechatError
from lib.identity import User
from lib.store.models import Ending, NewTurn
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
MAX_ENTRIES = 2_000
MAX_CHARS = 64_000_000
MOST_TRIES = 60
"""Of what another write stands in the way of; one a second."""
FULL = "Lakebase has been away for long, and no more can be held until it is back. Try again in a few minutes."


@dataclass
class Entry:
    """One write of a user's, which may be done twice: `write` gets that user's store."""

    user: User
    chat_id: UUID
    message_id: UUID | None
    chars: int
    write: Callable[[Store], object]
    tries: int = 0


def question(user: User, turn: NewTurn) -> Entry:
    return _entry(user, turn.chat_id, turn.question_id, turn.question, lambda store: store.start_turn(turn))


def answer(user: User, ending: Ending) -> Entry:
    return _entry(user, ending.chat_id, ending.turn_id, ending.parts, lambda store: store.finish_turn(ending))


def title(user: User, chat_id: UUID, given: str) -> Entry:
    return _entry(user, chat_id, None, given, lambda store: store.set_generated_title(chat_id, given))


def _entry(user: User, chat_id: UUID, message_id: UUID | None, said: Any, write: Callable[[Store], object]) -> Entry:
    # What is written later is written as the app; the person's token has no business here.
    return Entry(replace(user, access_token=None), chat_id, message_id, len(str(said)), write)


class Outbox:
    """Refuses nothing: who adds a question asks first whether it is full, and answers are always taken."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_chars: int = MAX_CHARS) -> None:
        self._lock = RLock()
        self._max_entries = max_entries
        self._max_chars = max_chars
        self._entries: list[Entry] = []
        self._chars = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def is_full(self) -> bool:
        return len(self._entries) >= self._max_entries or self._chars >= self._max_chars

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self._chars += entry.chars

    def holds(self, chat_id: UUID) -> bool:
        with self._lock:
            return any(entry.chat_id == chat_id for entry in self._entries)

    @property
    def unsaved(self) -> set[UUID]:
        """The ids of the messages that wait."""
        with self._lock:
            return {entry.message_id for entry in self._entries if entry.message_id}

    def next(self, except_of: set[UUID]) -> Entry | None:
        """The first that is not of these chats."""
        with self._lock:
            return next((entry for entry in self._entries if entry.chat_id not in except_of), None)

    def write(self, entry: Entry, store: Store) -> bool:
        """Write it and let it go. False: something of the same chat stands in the way. Raises DatabaseUnavailable."""
        try:
            entry.write(store)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            entry.tries += 1
            if _may_pass(error) and entry.tries < MOST_TRIES:
                return False
            self._tell_of(entry, error)
        with self._lock:
            self._entries.remove(entry)
            self._chars -= entry.chars
        return True

    def _tell_of(self, entry: Entry, error: Exception) -> None:
        """What the database will never take must not keep the rest from it."""
        log.error("A write of chat %s (message %s) was given up: %s", entry.chat_id, entry.message_id, _named(error))


def _may_pass(error: Exception) -> bool:
    return isinstance(error, ChatBusy) or (isinstance(error, StatementFailed) and is_passing(error.code))


def _named(error: Exception) -> str:
    """Not the words of just any exception: they may quote what was said."""
    told = isinstance(error, LakechatError | StatementFailed)
    return f"{type(error).__name__}: {error}" if told else type(error).__name__
