"""What is done for retention with the chats of all users, in batches: a call does one, and tells how many chats it had.

The database lets one process at a time do a batch (turn_of_one in sql/retention.sql); to the others it looks like none.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from lib.attachments.volume import Volume
from lib.db.database import Database
from lib.errors import FilesUnavailable
from lib.store import edits
from lib.store.memory_chats import MemoryChats
from lib.store.postgres_trash import BATCH, MAX_CHATS_A_BATCH

MAX_FILES_A_BATCH = 20
MAX_FAILURES = 3


class Retention(Protocol):
    """Every method may raise DatabaseUnavailable. Chats that somebody works with at this moment are passed over."""

    def shorten_trash(self, days: int) -> int:
        """Delete messages of a chat that `purge_trash` passes over because it is too long. How many there were."""

    def shorten_inactive(self, days: int) -> int:
        """The same for `purge_inactive`; what is left of the chat is in the trash then."""

    def purge_trash(self, days: int) -> int:
        """Delete chats for good that have been in the trash for so long."""

    def purge_inactive(self, days: int) -> int:
        """Delete chats for good, archived ones too, in which nothing was said for so long; never pinned ones."""

    def archive_inactive(self, days: int) -> int:
        """Archive chats in which nothing was said for so long; never pinned ones."""

    def purge_files(self, hours: int) -> int:
        """Delete files that were attached, but whose question was not asked for so long. How many files there were."""

    def remove_objects(self) -> int:
        """Remove objects of the Volume that no file names any more. How many there were. Raises FilesUnavailable."""


class PostgresRetention:
    def __init__(self, database: Database, volume: Volume | None = None) -> None:
        self._database = database
        self._volume = volume

    def shorten_trash(self, days: int) -> int:
        return self._shorten("shorten_trash", days=days)

    def shorten_inactive(self, days: int) -> int:
        return sum(self._shorten("shorten_inactive", days=days, archived=archived) for archived in (False, True))

    def purge_trash(self, days: int) -> int:
        return self._count("purge_trash", days=days, with_long=False, **BATCH)

    def purge_inactive(self, days: int) -> int:
        batch = {"days": days, "with_long": False, **BATCH}
        return sum(self._count("purge_inactive", archived=archived, **batch) for archived in (False, True))

    def archive_inactive(self, days: int) -> int:
        return self._count("archive_inactive", days=days, limit=MAX_CHATS_A_BATCH)

    def purge_files(self, hours: int) -> int:
        return self._count("purge_files", hours=hours, limit=MAX_FILES_A_BATCH)

    def remove_objects(self) -> int:
        """What fails is due again in ten to twenty minutes. After MAX_FAILURES the Volume is taken to be away."""
        if self._volume is None:
            return 0
        done, failures = list[str](), list[FilesUnavailable]()
        try:
            for row in self._database.rows("take_removals", scope="people", limit=MAX_FILES_A_BATCH):
                try:
                    if not row["is_used"]:
                        self._volume.remove(row["volume_path"])
                    done.append(str(row["id"]))
                except FilesUnavailable as error:
                    failures.append(error)
                    if len(failures) == MAX_FAILURES:
                        break
        finally:
            if done:
                self._database.rows("end_removals", scope="people", removal_ids=",".join(done))
        if failures and not done:
            raise failures[0]
        return len(done)

    def _shorten(self, query: str, **binds: Any) -> int:
        (row,) = self._database.rows(query, scope="people", **binds, **BATCH)
        return int(row["messages"])

    def _count(self, query: str, **binds: Any) -> int:
        return len(self._database.rows(query, scope="people", **binds))


class MemoryRetention:
    """All at once: there are few."""

    def __init__(self, chats: MemoryChats) -> None:
        self._chats = chats

    def shorten_trash(self, days: int) -> int:
        return 0

    def shorten_inactive(self, days: int) -> int:
        return 0

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

    def purge_files(self, hours: int) -> int:
        before = _now() - timedelta(hours=hours)
        return self._chats.files.remove(lambda file: file.chat_id is None and file.created_at < before)

    def remove_objects(self) -> int:
        return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _before(days: int) -> datetime:
    return _now() - timedelta(days=days)
