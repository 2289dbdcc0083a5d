"""The messages of chats in memory: the open branch, what leads up to a message, and the other versions of each."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lib.identity import User
from lib.search_languages import DEFAULT_SEARCH_LANGUAGE
from lib.store.chat_record import ChatRecord
from lib.store.memory_chats import MemoryChats
from lib.store.memory_context import MemoryContext
from lib.store.memory_edits import MemoryEdits
from lib.store.models import Message, has_earlier
from lib.store.store import MESSAGES_LIMIT


class MemoryMessages(MemoryEdits, MemoryContext):
    """The part of `lib.store.memory.MemoryStore` that reads messages."""

    def __init__(self, chats: MemoryChats, user: User, language: str = DEFAULT_SEARCH_LANGUAGE) -> None:
        super().__init__(chats, user, language)
        self._user_id = user.id

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        messages = self.branch(chat_id, before)
        if has_earlier(messages):
            # The chat had earlier messages that made room for newer ones. Nobody must ask for them.
            messages[0] = replace(messages[0], parent_id=None)
        return messages[-limit:]

    def branch(self, chat_id: UUID, before: UUID | None) -> list[Message]:
        """The branch that is open or shared, or that ends before `before`, as far back as it is here, oldest first."""
        with self._chats.lock:
            record = self._chats.readable(self._user_id, chat_id)
            if record is None:
                return []
            if record.user_id != self._user_id:
                return self._with_siblings(record, _ending(record.shown_to(self._user_id), before))
            return self._with_siblings(record, record.branch(before)[:-1] if before else record.branch())

    def _with_siblings(self, record: ChatRecord, messages: Sequence[Message]) -> list[Message]:
        if record.user_id != self._user_id:
            return [replace(message, siblings=[message.id]) for message in messages]
        replies = record.replies
        return [replace(message, siblings=replies[message.parent_id]) for message in messages]

    def get_message(self, message_id: UUID) -> Message | None:
        with self._chats.lock:
            record = self._chats.with_message(self._user_id, message_id)
            message = record.message(message_id) if record else None
            return self._with_siblings(record, [message])[0] if record and message else None

    def list_replies(self, chat_id: UUID, message_id: UUID) -> list[UUID]:
        with self._chats.lock:
            record = self._find(chat_id)
            return record.replies.get(message_id, []) if record else []

    def _find(self, chat_id: UUID) -> ChatRecord | None:
        with self._chats.lock:
            return self._chats.find(self._user_id, chat_id)


def _ending(shown: list[Message], before: UUID | None) -> list[Message]:
    """Those before a message; none if it is not shown."""
    ids = [message.id for message in shown]
    return shown if before is None else shown[: ids.index(before)] if before in ids else []
