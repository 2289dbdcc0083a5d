"""What could not be written while the database was away, in order, until it can."""

import logging
from threading import RLock
from uuid import UUID

from lib.db.failures import StatementFailed, is_busy
from lib.errors import ChatBusy, DatabaseUnavailable, LakechatError
from lib.store.entry import Entry
from lib.store.journal import Journal
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
MAX_ENTRIES = 2_000
MAX_CHARS = 64_000_000
MOST_TRIES = 60
"""Of what another write stands in the way of; one a second."""
FULL = "Lakebase has been away for long, and no more can be held until it is back. Try again in a few minutes."


class Outbox:
    """In memory, and in a journal for the case that this process dies.

    Refuses nothing: who adds a question asks first whether it is full, and answers are always taken.
    """

    def __init__(self, journal: Journal, max_entries: int = MAX_ENTRIES, max_chars: int = MAX_CHARS) -> None:
        self._lock = RLock()
        self._journal = journal
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
            self._journal.keep(entry)
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
        except Exception as error:
            if isinstance(error, DatabaseUnavailable) and not is_busy(error.failure):
                raise
            entry.tries += 1
            if _may_pass(error) and entry.tries < MOST_TRIES:
                return False
            self._tell_of(entry, error)
        with self._lock:
            self._entries.remove(entry)
            self._chars -= entry.chars
            self._journal.drop(entry)
        return True

    def take_over(self) -> list[Entry]:
        """What processes that died have left; it waits here now, before all else."""
        with self._lock:
            left = self._journal.take_over()
            self._entries = [*left, *self._entries]
            self._chars += sum(entry.chars for entry in left)
        return left

    def close(self) -> None:
        """What still waits is left for the next process of this machine."""
        self._journal.close()

    def _tell_of(self, entry: Entry, error: Exception) -> None:
        """What the database will never take must not keep the rest from it."""
        log.error("A write of chat %s (message %s) was given up: %s", entry.chat_id, entry.message_id, _named(error))


def _may_pass(error: Exception) -> bool:
    return isinstance(error, ChatBusy | DatabaseUnavailable)


def _named(error: Exception) -> str:
    """Not the words of just any exception: they may quote what was said."""
    told = isinstance(error, LakechatError | StatementFailed)
    return f"{type(error).__name__}: {error}" if told else type(error).__name__
