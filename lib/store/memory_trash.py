"""A user's trash in memory, and the deletion of all that is theirs."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from lib.errors import Gone
from lib.store.chat_record import ChatRecord
from lib.store.cursor import Cursor
from lib.store.deleted_chats import DeletedChats
from lib.store.memory_records import MemoryRecords
from lib.store.models import Page
from lib.store.sharing import unshared
from lib.store.store import PAGE_LIMIT

MAX_CHATS_A_BATCH = 200


class MemoryTrash(MemoryRecords):
    """The part of `lib.store.memory.MemoryStore` by which chats go, come back and go for good."""

    def list_trashed(self, limit: int = PAGE_LIMIT, *, after: Cursor | None = None) -> Page:
        with self._chats.lock:
            trashed = sorted(map(_place, self._trashed()), reverse=True)
            chats = {record.chat.id: record.chat for record in self._trashed()}
        rest = [place for place in trashed if after is None or place < (after.place, after.id)]
        cursor = Cursor.after_trashed(*rest[limit - 1]) if len(rest) > limit else None
        return Page([chats[chat_id] for _, chat_id in rest[:limit]], cursor is not None, cursor)

    def trash_chat(self, chat_id: UUID) -> bool:
        with self._chats.lock:
            record = self._owned(chat_id)
            if record and record.chat.deleted_at is None:
                record.chat = replace(unshared(record.chat), deleted_at=datetime.now(UTC))
                self._chats.move_to_trash(chat_id)
            return record is not None

    def restore_chat(self, chat_id: UUID) -> bool:
        with self._chats.lock:
            record = self._owned(chat_id)
            if record and record.chat.deleted_at:
                record.chat = replace(record.chat, deleted_at=None)
                self._chats.move_from_trash(chat_id)
            return record is not None

    def delete_chat(self, chat_id: UUID) -> bool:
        with self._chats.lock:
            if self._chats.owned(self._user.id, chat_id) is None:
                return False
            self._chats.delete(self._user.id, chat_id)
            return True

    def was_deleted(self, chat_id: UUID) -> bool:
        with self._chats.lock:
            return self._chats.was_deleted(self._user.id, chat_id)

    def delete_some_chats(self) -> DeletedChats:
        with self._chats.lock:
            records = self._all_records()[:MAX_CHATS_A_BATCH]
            for record in records:
                self._chats.delete(self._user.id, record.chat.id)
        ids = [record.chat.id for record in records]
        return DeletedChats(ids, sum(len(record.messages) for record in records))

    def forget_user(self) -> int:
        with self._chats.lock:
            return self._chats.forget_user(self._user.id)

    def list_running_chats(self) -> list[UUID]:
        with self._chats.lock:
            return [record.chat.id for record in self._all_records() if record.running]

    def _all_records(self) -> list[ChatRecord]:
        return [*self._chats.of(self._user.id), *self._trashed()]

    def _owned(self, chat_id: UUID) -> ChatRecord | None:
        """The user's chat, in the trash or not. Raises Gone if it was deleted for good."""
        record = self._chats.owned(self._user.id, chat_id)
        if record is None and self._chats.was_deleted(self._user.id, chat_id):
            raise Gone
        return record


def _place(record: ChatRecord) -> tuple[datetime, UUID]:
    return record.chat.deleted_at or record.chat.updated_at, record.chat.id
