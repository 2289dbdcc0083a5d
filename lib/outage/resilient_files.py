"""Files while the database is away: none can be stored, and none of those that it keeps can be read."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from lib.errors import DatabaseUnavailable
from lib.outage.guard import DatabaseGuard
from lib.store.files import Attachment, StoredFile
from lib.store.store import Store

Result = TypeVar("Result")
NOT_STORED = "Lakebase cannot be reached, so no file can be attached until it is back. Questions without files go on."
NOT_READ = "Lakebase cannot be reached, so this file cannot be read until it is back."


class ResilientFiles:
    """See `lib.store.files.Files`."""

    _inner: Store
    _guard: DatabaseGuard

    def add_file(self, file_id: UUID, name: str, content_type: str, content: bytes) -> Attachment:
        return self._required(lambda: self._inner.add_file(file_id, name, content_type, content), NOT_STORED)

    def find_files(self, file_ids: Sequence[UUID]) -> list[Attachment]:
        return self._required(lambda: self._inner.find_files(file_ids), NOT_STORED)

    def read_file(self, file_id: UUID) -> StoredFile | None:
        return self._required(lambda: self._inner.read_file(file_id), NOT_READ)

    def _required(self, call: Callable[[], Result], sentence: str) -> Result:
        try:
            return self._guard.require(call)
        except DatabaseUnavailable as error:
            raise DatabaseUnavailable(sentence, failure=error.failure) from error
