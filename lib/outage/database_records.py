"""Reads that only the database can answer as a whole: the cache has the end of a chat, and a file must not be short."""

from uuid import UUID

from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.guard import DatabaseGuard
from lib.outage.outbox import Outbox
from lib.store.record_models import Extent, MessageRecord
from lib.store.store import RECORDS_LIMIT, Store

WAITING = "Some of your messages wait to be saved and would be missing. Try again once they are."


class DatabaseRecords:
    """The part of `lib.outage.resilient_store.ResilientStore` that an export needs."""

    _inner: Store
    _user: User
    _guard: DatabaseGuard
    _outbox: Outbox

    def list_chat_ids(self, limit: int, *, after: UUID | None = None) -> list[UUID]:
        """Raises DatabaseUnavailable also while a message of the user's waits: its chat may be a new one."""
        found = self._guard.require(lambda: self._inner.list_chat_ids(limit, after=after))
        if self._outbox.holds(None, self._user.id):
            raise DatabaseUnavailable(WAITING)
        return found

    def extent(self, chat_id: UUID) -> Extent | None:
        return self._guard.require(lambda: self._inner.extent(chat_id), chat_id)

    def list_records(
        self, chat_id: UUID, limit: int = RECORDS_LIMIT, *, after: UUID | None = None
    ) -> list[MessageRecord]:
        return self._guard.require(lambda: self._inner.list_records(chat_id, limit, after=after), chat_id)
