"""Chats that live in this process and are lost with it: what Ephemeral mode keeps, and no more than that."""

import json
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock
from uuid import UUID

from lib.db.text import storable
from lib.errors import BadInput, ChatBusy, NotFound
from lib.identity import User
from lib.store.models import Chat, Ending, LogReading, Message, NewTurn, Page, RunningTurn, Started, text_part
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT

MAX_CHATS = 1_000
MAX_MESSAGES_A_CHAT = 400


@dataclass
class _Record:
    """A chat with its messages; the turn that runs in it, if one does; and all it ever had with their questions."""

    user_id: str
    chat: Chat
    messages: list[Message] = field(default_factory=list)
    running: RunningTurn | None = None
    turns: dict[UUID, UUID] = field(default_factory=dict)


_Use = tuple[UUID, UUID | None]
"""What a message's id stands for: the chat, and for an answer its question."""


class Shelf:
    """All users' chats, the least recently active first; the oldest make room at `max_chats`."""

    def __init__(self, max_chats: int = MAX_CHATS) -> None:
        self.lock = RLock()
        self._max_chats = max_chats
        self._records: OrderedDict[UUID, _Record] = OrderedDict()
        self._uses: dict[UUID, _Use] = {}

    def find(self, user_id: str, chat_id: UUID) -> _Record | None:
        record = self._records.get(chat_id)
        return record if record and record.user_id == user_id else None

    def of(self, user_id: str) -> list[_Record]:
        """A user's records, the last active first."""
        mine = [record for record in self._records.values() if record.user_id == user_id]
        return sorted(mine, key=lambda record: (record.chat.updated_at, record.chat.id), reverse=True)

    def open(self, user_id: str, turn: NewTurn) -> _Record:
        """The record of the turn's chat, made if new. Raises NotFound when an id of it means something else."""
        if turn.chat_id in self._records and self.find(user_id, turn.chat_id) is None:
            raise NotFound
        if any(self._uses.get(id, use) != use for id, use in _uses(turn.chat_id, turn.turn_id, turn.question_id)):
            raise NotFound
        if turn.chat_id not in self._records:
            self._make_room()
            self._records[turn.chat_id] = _Record(user_id, _new_chat(turn))
        return self._records[turn.chat_id]

    def begin(self, record: _Record, turn: NewTurn) -> None:
        record.turns[turn.turn_id] = turn.question_id
        record.running = RunningTurn(turn.turn_id, turn.question_id, turn.owner)
        self._uses.update(_uses(turn.chat_id, turn.turn_id, turn.question_id))
        self.touch(record)
        record.chat = replace(record.chat, unread=False)

    def touch(self, record: _Record) -> None:
        record.chat = replace(record.chat, updated_at=datetime.now(UTC), running=record.running is not None)
        self._records.move_to_end(record.chat.id)

    def remove(self, chat_id: UUID) -> None:
        record = self._records.pop(chat_id)
        for turn_id, question_id in record.turns.items():
            self._uses.pop(turn_id, None)
            self._uses.pop(question_id, None)

    def _make_room(self) -> None:
        """For one more."""
        idle = [chat_id for chat_id, record in self._records.items() if record.running is None]
        for chat_id in idle[: max(0, len(self._records) + 1 - self._max_chats)]:
            self.remove(chat_id)


class MemoryStore:
    """See `lib.store.store.Store`."""

    def __init__(self, shelf: Shelf, user: User) -> None:
        self._shelf = shelf
        self._user_id = user.id

    def list_chats(
        self, limit: int = PAGE_LIMIT, *, older_than: UUID | None = None, newer_than: UUID | None = None
    ) -> Page:
        with self._shelf.lock:
            chats = [record.chat for record in self._shelf.of(self._user_id)]
        if newer_than:
            newer = chats[: _index(chats, newer_than)]
            return Page(newer[-limit:], has_more=len(newer) > limit)
        older = chats[_index(chats, older_than) + 1 :] if older_than else chats
        return Page(older[:limit], has_more=len(older) > limit)

    def get_chat(self, chat_id: UUID) -> Chat | None:
        record = self._find(chat_id)
        return record.chat if record else None

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        with self._shelf.lock:
            record = self._find(chat_id)
            messages = _branch(record, before) if record else []
        return messages[-limit:]

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[Message]:
        with self._shelf.lock:
            record = self._find(chat_id)
            if record is None:
                return []
            branch = _path(record, question_id)
        kept, chars = branch[-1:], _chars(branch[-1]) if branch else 0
        for message in reversed(branch[:-1]):
            chars += _chars(message)
            if chars <= max_chars or message.role == "system":
                kept.insert(0, message)
        return kept

    def start_turn(self, turn: NewTurn) -> Started:
        with self._shelf.lock:
            record = self._shelf.open(self._user_id, turn)
            if turn.turn_id in record.turns:
                return Started(record.chat.agent, is_new=False, is_new_chat=False)
            if record.running:
                raise ChatBusy
            if not any(message.id == turn.question_id for message in record.messages):
                self._add(record, _question(record, turn))
            self._shelf.begin(record, turn)
            return Started(record.chat.agent, is_new=True, is_new_chat=len(record.turns) == 1)

    def finish_turn(self, ending: Ending) -> None:
        with self._shelf.lock:
            record = self._find(ending.chat_id)
            if record is None or not _may_end(record, ending.turn_id):
                return
            if record.running and record.running.id == ending.turn_id:
                record.running = None
            self._add(record, _answer(ending))
            self._shelf.touch(record)
            record.chat = replace(record.chat, unread=True)

    def get_message(self, message_id: UUID) -> Message | None:
        with self._shelf.lock:
            mine = self._shelf.of(self._user_id)
            return next((said for record in mine for said in record.messages if said.id == message_id), None)

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        """Nothing: what is kept here is run here, and followed in memory."""
        return None

    def request_stop(self, chat_id: UUID) -> bool:
        return self.running_turn(chat_id) is not None

    def mark_read(self, chat_id: UUID) -> None:
        with self._shelf.lock:
            record = self._find(chat_id)
            if record:
                record.chat = replace(record.chat, unread=False)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        record = self._find(chat_id)
        return record.running if record else None

    def delete_chat(self, chat_id: UUID) -> bool:
        with self._shelf.lock:
            if self._find(chat_id) is None:
                return False
            self._shelf.remove(chat_id)
            return True

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        with self._shelf.lock:
            record = self._find(chat_id)
            if record is None or record.chat.title_source != "question":
                return False
            record.chat = replace(record.chat, title=storable(title), title_source="model")
            return True

    def _find(self, chat_id: UUID) -> _Record | None:
        with self._shelf.lock:
            return self._shelf.find(self._user_id, chat_id)

    @staticmethod
    def _add(record: _Record, message: Message) -> None:
        """In the place of the message with its id, if there is one."""
        for index, earlier in enumerate(record.messages):
            if earlier.id == message.id:
                record.messages[index] = message
                return
        record.messages.append(message)
        del record.messages[:-MAX_MESSAGES_A_CHAT]


def _uses(chat_id: UUID, turn_id: UUID, question_id: UUID) -> list[tuple[UUID, _Use]]:
    return [(question_id, (chat_id, None)), (turn_id, (chat_id, question_id))]


def _may_end(record: _Record, turn_id: UUID) -> bool:
    """Once, or once more after it was taken for dead."""
    ended = next((message.status for message in record.messages if message.id == turn_id), "interrupted")
    return turn_id in record.turns and ended == "interrupted"


def _chars(message: Message) -> int:
    """As Postgres counts them."""
    return len(json.dumps(message.parts, ensure_ascii=False))


def _index(chats: list[Chat], cursor: UUID) -> int:
    for index, chat in enumerate(chats):
        if chat.id == cursor:
            return index
    raise BadInput("The cursor is not one of your chats.")


def _branch(record: _Record, before: UUID | None) -> list[Message]:
    """The open branch, oldest first: up to `before`, to the question that is being answered, or to the newest."""
    if before:
        return _path(record, before)[:-1]
    if record.running:
        return _path(record, record.running.question_id)
    return _path(record, record.messages[-1].id) if record.messages else []


def _path(record: _Record, leaf_id: UUID) -> list[Message]:
    by_id = {message.id: message for message in record.messages}
    path: list[Message] = []
    message = by_id.get(leaf_id)
    while message:
        path.insert(0, message)
        message = by_id.get(message.parent_id) if message.parent_id else None
    return path


def _new_chat(turn: NewTurn) -> Chat:
    now = datetime.now(UTC)
    title, agent = storable(turn.title), storable(turn.agent)
    return Chat(turn.chat_id, title, "question", "private", agent, None, None, now, now, False)


def _question(record: _Record, turn: NewTurn) -> Message:
    content = storable(turn.question)
    return Message(
        id=turn.question_id,
        chat_id=turn.chat_id,
        parent_id=record.messages[-1].id if record.messages else None,
        role="user",
        status="complete",
        parts=[text_part(content)],
        content=content,
        created_at=datetime.now(UTC),
    )


def _answer(ending: Ending) -> Message:
    return Message(
        id=ending.turn_id,
        chat_id=ending.chat_id,
        parent_id=ending.question_id,
        role="assistant",
        status=ending.status,
        parts=storable(ending.parts),
        content=storable(ending.content),
        created_at=datetime.now(UTC),
        trace_id=storable(ending.trace_id),
        usage=storable(ending.usage),
    )
