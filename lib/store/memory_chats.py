"""The chats in memory: those of all users, bounded, each found only by its owner or, if shared, by readers."""

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from uuid import UUID

from lib.errors import Gone, NotFound
from lib.store.chat_record import ChatRecord, KnownTurn, Use, new_chat, uses
from lib.store.files_in_memory import FilesInMemory
from lib.store.instructions import KnownInstructions
from lib.store.memory_assessments import MemoryAssessments
from lib.store.memory_sharing import SharedRecords
from lib.store.models import Chat, NewTurn, RunningTurn

MAX_CHATS = MAX_TRASHED = MAX_MOVES_A_CHAT = 1_000
MAX_DELETED = 10_000


class MemoryChats(SharedRecords):
    """All users' chats, the least recently active first; the oldest make room at `max_chats`.

    Chats in the trash are kept apart, so that only what names the trash finds them; the first trashed make room there.
    """

    def __init__(self, max_chats: int = MAX_CHATS, files: FilesInMemory | None = None) -> None:
        super().__init__()
        self.lock = RLock()
        self.files = files or FilesInMemory()
        self.assessments = MemoryAssessments()
        self.instructions = KnownInstructions()
        self._max_chats = max_chats
        self._trash: OrderedDict[UUID, ChatRecord] = OrderedDict()
        self._uses: dict[UUID, Use] = {}
        self.moved_at = datetime.now(UTC)
        """When a chat of any user last moved. No two moves have the same time."""
        self._deleted: OrderedDict[UUID, str] = OrderedDict()

    def find(self, user_id: str, chat_id: UUID) -> ChatRecord | None:
        record = self.current(chat_id)
        return record if record and record.user_id == user_id else None

    def owned(self, user_id: str, chat_id: UUID) -> ChatRecord | None:
        """The user's own chat, in the trash or not."""
        record = self._trash.get(chat_id)
        return record if record and record.user_id == user_id else self.find(user_id, chat_id)

    @property
    def trash(self) -> list[ChatRecord]:
        return list(self._trash.values())

    def inactive(self, since: datetime) -> list[ChatRecord]:
        """The records of all users that retention concerns."""
        old = [record for record in self._records.values() if record.chat.updated_at < since]
        return [record for record in old if not (_is_at_work(record) or record.chat.pinned_at)]

    def move_to_trash(self, chat_id: UUID) -> None:
        self._trash[chat_id] = self._records.pop(chat_id)
        while len(self._trash) > MAX_TRASHED:
            oldest = next(iter(self._trash.values()))
            self.delete(oldest.user_id, oldest.chat.id)

    def move_from_trash(self, chat_id: UUID) -> None:
        self._make_room()
        self._records[chat_id] = self._trash.pop(chat_id)

    def has(self, chat_id: UUID) -> bool:
        return chat_id in self._records or chat_id in self._trash

    def is_full(self) -> bool:
        return len(self._records) >= self._max_chats

    def is_used(self, id: UUID) -> bool:  # also by a deleted chat
        return self.has(id) or id in self._deleted or id in self._uses

    def know(self, user_id: str, chat: Chat) -> None:
        """Add or update a chat that was read from the database.

        Nothing changes if it was deleted here, or if the id belongs to another user here.
        """
        record = self._records.get(chat.id)
        if record is None and chat.id not in self._deleted:
            self.put(ChatRecord(user_id, chat, is_whole=False))
        elif record and record.user_id == user_id:
            record.chat = chat
            if not chat.running and not _is_at_work(record):
                record.running = None  # it waited here, and has ended in another process
            self._records.move_to_end(chat.id)

    def put(self, record: ChatRecord) -> None:
        self._make_room()
        self._records[record.chat.id] = record
        for message in record.messages:
            self._uses[message.id] = (record.chat.id, message.parent_id if message.role == "assistant" else None)

    def of(self, user_id: str) -> list[ChatRecord]:
        """A user's records, the last active first."""
        mine = [record for record in map(self.current, list(self._records)) if record and record.user_id == user_id]
        return sorted(mine, key=lambda record: (record.chat.updated_at, record.chat.id), reverse=True)

    def open(self, user_id: str, turn: NewTurn) -> ChatRecord:
        """The record of the turn's chat, made if it is new.

        Raises NotFound if one of the turn's ids is used for something else, Gone for a chat that was deleted, and what
        `ChatRecord.place_of` and `FilesInMemory.claim` raise: before anything is changed, since it could not be undone.
        """
        kept = self._records.get(turn.chat_id) or (self._trash.get(turn.chat_id) if turn.said_at else None)
        record = kept or ChatRecord(user_id, new_chat(turn))
        if record.user_id != user_id:
            raise NotFound
        if kept is None:
            self.must_not_be_deleted(user_id, turn.chat_id)
        if any(self._uses.get(id, use) != use for id, use in uses(turn.chat_id, turn.turn_id, turn.question_id)):
            raise NotFound
        if not record.has_turn(turn.turn_id):
            record.place_of(turn)
            if turn.said_at is None and record.message(turn.question_id) is None:
                self.files.claim(user_id, turn.chat_id, turn.attachments)
        if kept is None:
            self.put(record)
        return record

    def begin(self, record: ChatRecord, turn: NewTurn) -> None:
        agent = turn.other_agent or record.chat.agent
        record.turns[turn.turn_id] = KnownTurn(turn.question_id, agent, turn.said_at or datetime.now(UTC))
        record.leaf_id = turn.question_id
        record.running = RunningTurn(turn.turn_id, turn.question_id, turn.owner, agent, turn.asked_as)
        self._uses.update(uses(turn.chat_id, turn.turn_id, turn.question_id))
        self.touch(record, turn.said_at)
        record.chat = replace(record.chat, unread=False)

    def touch(self, record: ChatRecord, at: datetime | None) -> None:
        """Move the chat to the place of that time in the list, or to the top. It never moves down.

        The place that it had is kept, as chat.moves does in the database. `moved_at` always grows, even if the clock
        was set back, so that a cursor made between two moves sees the first of them and not the second.
        """
        self.moved_at = max(datetime.now(UTC), self.moved_at + timedelta(microseconds=1))
        record.moves.append((self.moved_at, record.chat.updated_at))
        del record.moves[:-MAX_MOVES_A_CHAT]
        updated_at = max(record.chat.updated_at, at or datetime.now(UTC))
        record.chat = replace(record.chat, updated_at=updated_at, running=record.running is not None)
        record.changes += 1
        if record.chat.deleted_at is None:
            self._records.move_to_end(record.chat.id)

    def delete(self, user_id: str, chat_id: UUID) -> None:
        """Delete a chat for good, whether or not it is here.

        The last MAX_DELETED ids are kept, so that no late write, or read from the database, brings one of them back.
        """
        if record := self.owned(user_id, chat_id):
            self.assessments.withdraw(message.id for message in record.messages)
            self.remove(chat_id)
        self._deleted[chat_id] = user_id
        while len(self._deleted) > MAX_DELETED:
            self._deleted.popitem(last=False)

    def was_deleted(self, user_id: str, chat_id: UUID) -> bool:
        """Also if it is in the trash."""
        trashed = self._trash.get(chat_id)
        return (trashed.user_id if trashed else self._deleted.get(chat_id)) == user_id

    def must_not_be_deleted(self, user_id: str, chat_id: UUID) -> None:
        """Raises Gone for its owner and NotFound for others."""
        if chat_id in self._deleted or chat_id in self._trash:
            raise Gone if self.was_deleted(user_id, chat_id) else NotFound

    def remove(self, chat_id: UUID) -> None:
        record = self._records.pop(chat_id, None) or self._trash.pop(chat_id)
        self.files.remove(lambda file: file.chat_id == chat_id)
        questions = (turn.question_id for turn in record.turns.values())
        for id in (*record.turns, *questions, *(message.id for message in record.messages)):
            self._uses.pop(id, None)

    def forget_user(self, user_id: str) -> int:
        """Delete the user's votes, files, standing instructions and ids of deleted chats. How many votes there were."""
        self.instructions.forget(user_id)
        self.files.remove(lambda file: file.user_id == user_id)
        self._deleted = OrderedDict((id, owner) for id, owner in self._deleted.items() if owner != user_id)
        votes = [(record, key) for record in self._records.values() for key in record.votes if key[1] == user_id]
        for record, key in votes:
            del record.votes[key]
            self.assessments.withdraw([key[0]], user_id)
        return len(votes)

    def _make_room(self) -> None:
        """Remove the least recently active chats until there is room for one more, but none at work."""
        idle = [chat_id for chat_id, record in self._records.items() if not _is_at_work(record)]
        for chat_id in idle[: max(0, len(self._records) + 1 - self._max_chats)]:
            self.remove(chat_id)


def _is_at_work(record: ChatRecord) -> bool:
    """Whether a process works on an answer."""
    return record.running is not None and not record.running.is_waiting
