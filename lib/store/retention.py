"""What is done for retention with the chats of all users, in batches: a call does one, and tells how many chats it had.

The database lets one process at a time do a batch (turn_of_one in sql/retention.sql); to the others it looks like none.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from lib.db.database import Database
from lib.store import edits
from lib.store.memory_chats import MemoryChats
from lib.store.postgres_trash import BATCH, MAX_CHATS_A_BATCH


class Retention(Protocol):
    """Every method may raise DatabaseUnavailable. Chats that somebody works with at this moment are passed over."""

    def purge_trash(self, days: int) -> int:
        """Delete chats for good that have been in the trash for so long."""

    def purge_inactive(self, days: int) -> int:
        """Delete chats for good, archived ones too, in which nothing was said for so long; never pinned ones."""

    def archive_inactive(self, days: int) -> int:
        """Archive chats in which nothing was said for so long; never pinned ones."""


class PostgresRetention:
    def __init__(self, database: Database) -> None:
        self._database = database

    def purge_trash(self, days: int) -> int:
        return self._count("purge_trash", days=days, **BATCH)

    def purge_inactive(self, days: int) -> int:
        return sum(self._count("purge_inactive", days=days, archived=archived, **BATCH) for archived in (False, True))

    def archive_inactive(self, days: int) -> int:
        return self._count("archive_inactive", days=days, limit=MAX_CHATS_A_BATCH)

    def _count(self, query: str, **binds: Any) -> int:
        return len(self._database.rows(query, scope="people", **binds))


class MemoryRetention:
    """All at once: there are few."""

    def __init__(self, chats: MemoryChats) -> None:
        self._chats = chats

    def purge_trash(self, days: int) -> int:
        with self._chats.lock:
            expired = [record for record in self._chats.trash if (record.chat.deleted_at or _now()) < _before(days)]
            for record in expired:
                self._chats.delete(record.user_id, record.chat.id)
        return len(expired)

    def purge_inactive(self, days: int) -> int:
        with self._chats.lock:
            inactive = self._chats.inactive(_before(days))
            for record in inactive:
                self._chats.delete(record.user_id, record.chat.id)
        return len(inactive)

    def archive_inactive(self, days: int) -> int:
        with self._chats.lock:
            inactive = [record for record in self._chats.inactive(_before(days)) if not record.chat.archived_at]
            for record in inactive:
                record.chat = edits.archive(True).applied(record.chat)
        return len(inactive)


def _now() -> datetime:
    return datetime.now(UTC)


def _before(days: int) -> datetime:
    return _now() - timedelta(days=days)
