"""A user's chats in memory, which are lost with the process. Ephemeral mode has no other store.

The chats of all users are in one `MemoryChats`. Every method takes its lock, which plays the part of a transaction:
what a method checks cannot change before it writes. The lock is reentrant because the methods call each other under it,
and no method waits for anything else while it holds it.
"""

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from lib.errors import BadInput, ChatBusy
from lib.identity import User
from lib.messages.parts import ContextMessage
from lib.messages.serialise import parts_to_json
from lib.storable import storable
from lib.store.answer_ids import check_turn_ids
from lib.store.chat_record import ChatRecord, answer_message, question_message
from lib.store.cursor import Cursor
from lib.store.memory_chats import MemoryChats
from lib.store.memory_edits import MemoryEdits
from lib.store.models import (
    Chat,
    Ending,
    FoundTurn,
    LogReading,
    Message,
    NewTurn,
    Page,
    RunningTurn,
    Started,
    has_earlier,
)
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT


class MemoryStore(MemoryEdits):
    """See `lib.store.store.Store`."""

    def __init__(self, chats: MemoryChats, user: User) -> None:
        super().__init__(chats, user)
        self._user_id = user.id

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        with self._chats.lock:
            asked = older_than or newer_than
            cursor = asked if isinstance(asked, Cursor) else self._cursor(asked)
            mine = [record for record in self._chats.of(self._user_id) if bool(record.chat.archived_at) is archived]
            listed = sorted(((record.place(cursor.as_of), record.chat.id, record.chat) for record in mine), key=_place)
        here = (cursor.place, cursor.id)
        nearest = [each for each in listed if _place(each) > here] if newer_than else listed[::-1]
        if older_than:
            nearest = [each for each in nearest if _place(each) < here]
        page, has_more = nearest[:limit], len(nearest) > limit
        chats = [chat for _, _, chat in page]
        return Page(
            chats[::-1] if newer_than else chats,
            has_more,
            Cursor(cursor.as_of, *_place(page[-1])) if has_more else None,
        )

    def _cursor(self, chat_id: UUID | None) -> Cursor:
        """The chat's current place as a cursor. Without a chat, only its time counts."""
        as_of = self._chats.moved_at
        if chat_id is None:
            return Cursor(as_of, as_of, UUID(int=0))
        if chat := self.get_chat(chat_id):
            return Cursor(as_of, chat.updated_at, chat.id)
        raise BadInput("The cursor is not one of your chats.")

    def get_chat(self, chat_id: UUID) -> Chat | None:
        record = self._find(chat_id)
        return record.chat if record else None

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        messages = self.branch(chat_id, before)
        if has_earlier(messages):
            # The chat had earlier messages that made room for newer ones. Nobody must ask for them.
            messages[0] = replace(messages[0], parent_id=None)
        return messages[-limit:]

    def branch(self, chat_id: UUID, before: UUID | None) -> list[Message]:
        """The open branch, or the branch that ends before `before`, as far back as it is kept here, oldest first."""
        with self._chats.lock:
            record = self._chats.readable(self._user_id, chat_id)
            if record is None:
                return []
            return record.branch(before)[:-1] if before else record.branch()

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        with self._chats.lock:
            record = self._find(chat_id)
            if record is None:
                return []
            branch = record.branch(question_id)
        kept, chars = branch[-1:], _chars(branch[-1]) if branch else 0
        for message in reversed(branch[:-1]):
            chars += _chars(message)
            if chars <= max_chars or message.role == "system":
                kept.insert(0, message)
        return [ContextMessage(message.role, message.parts) for message in kept]

    def start_turn(self, turn: NewTurn) -> Started:
        check_turn_ids(turn)
        with self._chats.lock:
            record = self._chats.open(self._user_id, turn)
            record.owner_name = self._user.name or self._user.email
            if record.has_turn(turn.turn_id):
                return Started(record.chat.agent, is_new=False, is_new_chat=False)
            if record.running:
                raise ChatBusy
            if not any(message.id == turn.question_id for message in record.messages):
                record.add(question_message(turn, record.open_leaf))
            self._chats.begin(record, turn)
            return Started(record.chat.agent, is_new=True, is_new_chat=len(record.turns) == 1)

    def finish_turn(self, ending: Ending) -> None:
        with self._chats.lock:
            record = self._find(ending.chat_id)
            if record is None or not _may_end(record, ending.turn_id):
                return
            if record.running and record.running.id == ending.turn_id:
                record.running = None
            record.add(answer_message(ending))
            self._chats.touch(record, ending.ended_at)
            record.chat = replace(record.chat, unread=True)

    def get_message(self, message_id: UUID) -> Message | None:
        with self._chats.lock:
            record = self._chats.with_message(self._user_id, message_id)
            return next((each for each in record.messages if each.id == message_id), None) if record else None

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """Always None: a turn of this store runs in this process, which follows it in memory."""
        return None

    def request_stop(self, chat_id: UUID) -> bool:
        return self.running_turn(chat_id) is not None

    def mark_read(self, chat_id: UUID) -> None:
        with self._chats.lock:
            record = self._find(chat_id)
            if record:
                record.chat = replace(record.chat, unread=False)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        with self._chats.lock:
            record = self._chats.readable(self._user_id, chat_id)
        return record.running if record else None

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        with self._chats.lock:
            record = self._chats.with_turn(self._user_id, turn_id)
            question_id = record.question_of(turn_id) if record else None
            question = next((each for each in record.messages if each.id == question_id), None) if record else None
            if record is None or question is None:
                return None
            follows, asked_at = question.parent_id, question.created_at
            return FoundTurn(turn_id, record.chat.id, question.id, follows, record.chat.agent, asked_at)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        with self._chats.lock:
            record = self._find(chat_id)
            if record is None or record.chat.title_source != "question":
                return False
            record.chat = replace(record.chat, title=storable(title), title_source="model")
            return True

    def _find(self, chat_id: UUID) -> ChatRecord | None:
        with self._chats.lock:
            return self._chats.find(self._user_id, chat_id)


def _may_end(record: ChatRecord, turn_id: UUID) -> bool:
    """A turn ends once, and a second time if it was taken for dead before and ended as interrupted."""
    ended = next((message.status for message in record.messages if message.id == turn_id), "interrupted")
    return turn_id in record.turns and ended == "interrupted"


def _chars(message: Message) -> int:
    """Counted as in the database, whose JSON has the same spaces."""
    return len(json.dumps(parts_to_json(message.parts), ensure_ascii=False))


def _place(listed: tuple[datetime, UUID, Chat]) -> tuple[datetime, UUID]:
    return listed[:2]
