"""What is read of a chat in memory to take it away. The part of `MemoryStore` that only an export needs."""

from uuid import UUID

from lib.identity import User
from lib.search_languages import DEFAULT_SEARCH_LANGUAGE
from lib.store.chat_record import ChatRecord
from lib.store.memory_chats import MemoryChats
from lib.store.models import Message
from lib.store.record_models import Extent, MessageRecord
from lib.store.store import RECORDS_LIMIT


class MemoryRecords:
    def __init__(self, chats: MemoryChats, user: User, language: str = DEFAULT_SEARCH_LANGUAGE) -> None:
        self._chats = chats
        self._user = user
        self._language = language

    def list_chat_ids(self, limit: int, *, after: UUID | None = None) -> list[UUID]:
        with self._chats.lock:
            ids = sorted(record.chat.id for record in self._chats.of(self._user.id))
        return [id for id in ids if after is None or id > after][:limit]

    def extent(self, chat_id: UUID) -> Extent | None:
        with self._chats.lock:
            record = self._chats.readable(self._user.id, chat_id)
            if record is None:
                return None
            messages = record.shown_to(self._user.id)
            branch = [message.id for message in (record.branch() if record.user_id == self._user.id else messages)]
            return Extent(branch, messages[-1].id if messages else None, len(messages))

    def list_records(
        self, chat_id: UUID, limit: int = RECORDS_LIMIT, *, after: UUID | None = None
    ) -> list[MessageRecord]:
        with self._chats.lock:
            record = self._chats.readable(self._user.id, chat_id)
            if record is None:
                return []
            messages = record.shown_to(self._user.id)
            begin = next((place + 1 for place, message in enumerate(messages) if message.id == after), 0)
            return [self._record(record, message) for message in messages[begin : begin + limit]]

    def _trashed(self) -> list[ChatRecord]:
        return [record for record in self._chats.trash if record.user_id == self._user.id]

    def _record(self, record: ChatRecord, message: Message) -> MessageRecord:
        return MessageRecord(message, record.votes.get((message.id, self._user.id)))
