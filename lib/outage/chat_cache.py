"""What this process has read and written of one user's chats: what it can still show while the database is away."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, replace
from uuid import UUID

from lib.errors import DatabaseUnavailable, LakechatError
from lib.identity import User
from lib.messages.parts import ContextMessage
from lib.outage.pending_write import GivenTitle, PendingWrite, left_behind
from lib.store.memory import MemoryStore
from lib.store.models import Chat, Ending, FoundTurn, Message, NewTurn, Page, SharedChat, Started
from lib.store.shelf import Record, Shelf
from lib.store.store import PAGE_LIMIT

MAX_CHATS = 2_000
MAX_MESSAGES_READ = 100
_CHAT_FIELDS = tuple(field.name for field in fields(Chat))


class ChatCache:
    """Over a shelf that all users' mirrors share. What it does not know raises DatabaseUnavailable, never NotFound."""

    def __init__(self, shelf: Shelf, user: User) -> None:
        self._shelf = shelf
        self._user = user
        self._memory = MemoryStore(shelf, user)

    def distrust(self, chat_id: UUID) -> None:
        """What is known here of its messages is not as they are: they have to be read again."""
        with self._shelf.lock:
            if record := self._find(chat_id):
                record.is_whole, record.changes = False, record.changes + 1

    def changes(self, chat_id: UUID) -> int:
        """Another number after each write: what was read before one must not be remembered after it."""
        record = self._find(chat_id)
        return record.changes if record else 0

    def remember_chat(self, chat_id: UUID, chat: Chat | None, changes: int) -> None:
        """One of the user's own, or that there is none, as it was when the chat had changed so often."""
        if chat:
            self.remember_chats([chat])
        elif self.changes(chat_id) == changes:
            self.forget(chat_id)

    def remember_chats(self, chats: Sequence[Chat]) -> None:
        with self._shelf.lock:
            for chat in reversed(chats):
                self._shelf.know(self._user.id, chat)

    def remember_messages(self, chat_id: UUID, messages: Sequence[Message], changes: int) -> None:
        """The end of the open branch, as it was when the chat had changed so often."""
        with self._shelf.lock:
            record = self._find(chat_id)
            if record and record.changes == changes:
                record.messages, record.is_whole = list(messages[-MAX_MESSAGES_READ:]), True

    def started(self, turn: NewTurn, started: Started) -> None:
        """The database has taken it."""
        with self._shelf.lock:
            record = self._find(turn.chat_id)
            if started.is_new_chat or (record and record.is_whole):
                try:
                    self._memory.start_turn(turn)
                except LakechatError:
                    self.distrust(turn.chat_id)

    def start(self, turn: NewTurn) -> Started:
        """Raises what a store raises, and DatabaseUnavailable for a chat that may not be the user's."""
        with self._shelf.lock:
            self._shelf.must_not_be_deleted(self._user.id, turn.chat_id)
            is_known = self._find(turn.chat_id) is not None
            if is_known or not turn.is_new_chat:
                self._whole(turn.chat_id)
            return replace(self._memory.start_turn(turn), is_new_chat=not is_known)

    def is_running(self, chat_id: UUID) -> bool:
        record = self._find(chat_id)
        return record is not None and record.running is not None

    def is_whole(self, chat_id: UUID) -> bool:
        record = self._find(chat_id)
        return record is not None and record.is_whole

    def learn(self, chat: Chat, messages: Sequence[Message], waiting: Sequence[PendingWrite]) -> None:
        """One of the user's own as the database has it, with what waits to be written there."""
        with self._shelf.lock:
            self._shelf.know(self._user.id, chat)
            record = self._find(chat.id)
            if record and not record.is_whole:
                record.messages, record.is_whole = list(messages[-MAX_MESSAGES_READ:]), True
                for write in waiting:
                    self.restore(write)

    def finish(self, ending: Ending) -> None:
        with self._shelf.lock:
            record = self._find(ending.chat_id)
            if record and record.is_whole and any(said.id == ending.question_id for said in record.messages):
                # It may have begun before this memory knew the chat.
                record.turns.setdefault(ending.turn_id, ending.question_id)
            self._memory.finish_turn(ending)

    def restore(self, write: PendingWrite) -> None:
        """What another process said and could not save; in a chat that is not known here it is not to be seen yet."""
        # What memory thinks of it counts for nothing here.
        with suppress(LakechatError), self._shelf.lock:
            match write.what:
                case NewTurn() as turn:
                    self.start(turn)
                    if write.is_orphan:
                        self.finish(left_behind(turn))
                case Ending() as ending:
                    self.finish(ending)
                case GivenTitle(chat_id, title):
                    self.set_generated_title(chat_id, title)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        return self._memory.set_generated_title(chat_id, title)

    def mark_read(self, chat_id: UUID) -> None:
        self._memory.mark_read(chat_id)

    def deleted(self, chat_id: UUID) -> None:
        """One of the user's own, for good."""
        with self._shelf.lock:
            self._shelf.delete(self._user.id, chat_id)

    def forget(self, chat_id: UUID) -> None:
        """The database knows of no such chat of the user's."""
        with self._shelf.lock:
            if self._find(chat_id):
                self._shelf.remove(chat_id)

    def chats(self, limit: int = PAGE_LIMIT) -> Page:
        with self._shelf.lock:
            mine = [_now(record) for record in self._shelf.of(self._user.id) if record.chat.archived_at is None]
        return Page(mine[:limit], has_more=len(mine) > limit)

    def pinned(self, limit: int) -> list[Chat]:
        pinned = [chat for chat in self.chats(MAX_CHATS).chats if chat.pinned_at]
        return sorted(pinned, key=lambda chat: (chat.pinned_at, chat.id), reverse=True)[:limit]

    def chat(self, chat_id: UUID) -> Chat:
        record = self._find(chat_id)
        if record is None:
            raise DatabaseUnavailable
        return _now(record)

    def messages(self, chat_id: UUID, limit: int, before: UUID | None, unsaved: set[UUID]) -> list[Message]:
        """As many as are here; but where there are earlier ones, never none, which would say that it begins there."""
        with self._shelf.lock:
            record = self._whole(chat_id)
            found = self._memory.branch(chat_id, before)[-limit:]
            is_first = any(message.id == before and message.parent_id is None for message in record.messages)
        if before and not found and not is_first:
            raise DatabaseUnavailable
        return [replace(message, saved=message.id not in unsaved) for message in found]

    def context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        with self._shelf.lock:
            self._whole(chat_id)
            return self._memory.list_context(chat_id, question_id, max_chars)

    def message(self, message_id: UUID, unsaved: set[UUID]) -> Message:
        found = self._memory.get_message(message_id)
        if found is None or self._find(found.chat_id) is None:
            raise DatabaseUnavailable
        return replace(found, saved=found.id not in unsaved)

    def find_turn(self, turn_id: UUID) -> FoundTurn:
        """In a chat of the user's own. Raises DatabaseUnavailable for any other."""
        found = self._memory.find_turn(turn_id)
        if found is None or self._find(found.chat_id) is None:
            raise DatabaseUnavailable
        return found

    def _whole(self, chat_id: UUID) -> Record:
        record = self._find(chat_id)
        if record is None or not record.is_whole:
            raise DatabaseUnavailable
        return record

    def _find(self, chat_id: UUID) -> Record | None:
        with self._shelf.lock:
            return self._shelf.find(self._user.id, chat_id)


def as_owner(chat: Chat) -> SharedChat:
    """The user's own chat, as one that may be read."""
    return SharedChat(**{name: getattr(chat, name) for name in _CHAT_FIELDS}, is_owner=True, owner_name=None)


def _now(record: Record) -> Chat:
    """An answer that runs elsewhere cannot be followed from here."""
    return replace(record.chat, running=record.running is not None)
