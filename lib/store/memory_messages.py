"""The messages of chats in memory: the open branch, what leads up to a message, and the other versions of each."""

import json
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lib.identity import User
from lib.messages.parts import ContextMessage
from lib.messages.serialise import parts_to_json
from lib.search_languages import DEFAULT_SEARCH_LANGUAGE
from lib.store.chat_record import ChatRecord
from lib.store.context import ContextPlace
from lib.store.files import context_files
from lib.store.memory_chats import MemoryChats
from lib.store.memory_edits import MemoryEdits
from lib.store.memory_instructions import MemoryInstructions
from lib.store.models import Message, has_earlier
from lib.store.store import MESSAGES_LIMIT


class MemoryMessages(MemoryEdits, MemoryInstructions):
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

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        kept = self._context(chat_id, question_id, max_chars)
        return [ContextMessage(each.role, each.parts, context_files(each.attachments)) for each in kept]

    def list_context_places(self, chat_id: UUID, leaf_id: UUID, max_chars: int) -> list[ContextPlace]:
        kept = self._context(chat_id, leaf_id, max_chars)
        return [ContextPlace(message.id, message.parent_id, message.role) for message in kept]

    def _context(self, chat_id: UUID, leaf_id: UUID, max_chars: int) -> list[Message]:
        with self._chats.lock:
            record = self._find(chat_id)
            if record is None:
                return []
            branch = record.branch(leaf_id)
            max_chars -= len(self._instructions_in(record.chat) or "")
        kept, chars = branch[-1:], _chars(branch[-1]) if branch else 0
        for message in reversed(branch[:-1]):
            chars += _chars(message)
            if chars <= max_chars or message.role == "system":
                kept.insert(0, message)
        return kept

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


def _chars(message: Message) -> int:
    """Counted as in the database, whose JSON has the same spaces."""
    return len(json.dumps(parts_to_json(message.parts), ensure_ascii=False))
