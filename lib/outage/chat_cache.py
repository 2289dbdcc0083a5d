"""The chats of one user that this process has read or written, to be shown while the database is away.

All users' chats stand in one bounded `MemoryChats`, whose lock guards each of them. If a chat was only seen in a
list, the cache has no messages of it (`is_whole` is False) and does not answer for them. A read from the database
takes time, and a write may come in between: ask for `changes` before the read, and what is older than a later change
is not remembered.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from lib.errors import DatabaseUnavailable, LakechatError
from lib.identity import User
from lib.outage.pending_write import AddedFollowUps, GeneratedTitle, PendingWrite, interrupted_ending
from lib.store.chat_record import ChatRecord, KnownTurn
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Chat, Ending, Message, NewTurn, Page, Started
from lib.store.store import PAGE_LIMIT
from lib.store.turn_models import FoundTurn

MAX_CHATS = 2_000
MAX_MESSAGES_READ = 100
Result = TypeVar("Result")


class ChatCache:
    """What it does not have raises DatabaseUnavailable, never NotFound."""

    def __init__(self, chats: MemoryChats, user: User) -> None:
        self._chats = chats
        self._user = user
        self._memory = MemoryStore(chats, user)

    def invalidate(self, chat_id: UUID) -> None:
        """Forget its messages, which are not those of the database."""
        with self._chats.lock:
            if record := self._find(chat_id):
                record.is_whole, record.changes = False, record.changes + 1

    def changes(self, chat_id: UUID) -> int:
        """How often the chat has changed: to be asked before a read, and given to `remember_…` after it."""
        record = self._find(chat_id)
        return record.changes if record else 0

    def remember_chat(self, chat_id: UUID, chat: Chat | None, changes: int) -> None:
        """None: the user has no such chat."""
        if chat:
            self.remember_chats([chat])
        elif self.changes(chat_id) == changes:
            self.forget(chat_id)

    def remember_chats(self, chats: Sequence[Chat]) -> None:
        with self._chats.lock:
            for chat in reversed(chats):
                self._chats.know(self._user.id, chat)

    def remember_messages(self, chat_id: UUID, messages: Sequence[Message], changes: int) -> None:
        """The end of the open branch."""
        with self._chats.lock:
            record = self._find(chat_id)
            if record and record.changes == changes:
                record.fill(messages[-MAX_MESSAGES_READ:])

    def remember_turn(self, turn: NewTurn, started: Started) -> None:
        """The database has it."""
        with self._chats.lock:
            if started.instructions is not None:
                self._memory.save_instructions(started.instructions)
            record = self._find(turn.chat_id)
            if started.is_new_chat or (record and record.is_whole):
                try:
                    self._memory.start_turn(turn)
                except LakechatError:
                    self.invalidate(turn.chat_id)

    def start_turn(self, turn: NewTurn) -> Started:
        """Raises what a store raises, and DatabaseUnavailable for a chat that may be somebody else's."""
        with self._chats.lock:
            self._chats.must_not_be_deleted(self._user.id, turn.chat_id)
            is_known = self._find(turn.chat_id) is not None
            if is_known or not turn.is_new_chat:
                self._with_messages(turn.chat_id)
            return replace(self._memory.start_turn(turn), is_new_chat=not is_known)

    def placed(self, turn: NewTurn) -> NewTurn:
        """The turn with the place that its question has here, to get the same one however late it is written."""
        with self._chats.lock:
            return self._with_messages(turn.chat_id).placed(turn)

    def is_running(self, chat_id: UUID) -> bool:
        return bool((record := self._find(chat_id)) and record.running)

    def has_messages_of(self, chat_id: UUID) -> bool:
        return bool((record := self._find(chat_id)) and record.is_whole)

    def load(self, chat: Chat, messages: Sequence[Message], waiting: Sequence[PendingWrite]) -> None:
        """One of the user's own as the database has it, followed by what waits to be saved."""
        with self._chats.lock:
            self._chats.know(self._user.id, chat)
            record = self._find(chat.id)
            if record and not record.is_whole:
                record.fill(messages[-MAX_MESSAGES_READ:])
                for write in waiting:
                    self.restore(write)

    def finish_turn(self, ending: Ending) -> None:
        with self._chats.lock:
            record = self._find(ending.chat_id)
            if record and record.is_whole and any(said.id == ending.question_id for said in record.messages):
                # The turn may have begun before the cache had the chat.
                record.turns.setdefault(ending.turn_id, KnownTurn(ending.question_id, None))
            self._memory.finish_turn(ending)

    def restore(self, write: PendingWrite) -> None:
        """Show a pending write. In a chat that is not in the cache it is shown once that chat is loaded."""
        with suppress(LakechatError), self._chats.lock:  # whether it can be saved, the database decides
            match write.what:
                case NewTurn() as turn:
                    self.start_turn(turn)
                    if write.is_orphan:
                        self.finish_turn(interrupted_ending(turn))
                case Ending() as ending:
                    self.finish_turn(ending)
                case GeneratedTitle() | AddedFollowUps():
                    write.apply(self._memory)

    def mark_read(self, chat_id: UUID) -> None:
        self._memory.mark_read(chat_id)

    def delete(self, chat_id: UUID) -> None:
        with self._chats.lock:
            self._chats.delete(self._user.id, chat_id)

    def forget(self, chat_id: UUID) -> None:
        """The database knows of no such chat of the user's."""
        with self._chats.lock:
            if self._find(chat_id):
                self._chats.remove(chat_id)

    def chats(self, limit: int = PAGE_LIMIT) -> Page:
        with self._chats.lock:
            mine = [record.as_known_here for record in self._chats.of(self._user.id) if not record.chat.archived_at]
        return Page(mine[:limit], has_more=len(mine) > limit)

    def pinned(self, limit: int) -> list[Chat]:
        pinned = [chat for chat in self.chats(MAX_CHATS).chats if chat.pinned_at]
        return sorted(pinned, key=lambda chat: (chat.pinned_at, chat.id), reverse=True)[:limit]

    def chat(self, chat_id: UUID) -> Chat:
        record = self._find(chat_id)
        if record is None:
            raise DatabaseUnavailable
        return record.as_known_here

    def messages(self, chat_id: UUID, limit: int, before: UUID | None, unsaved: set[UUID]) -> list[Message]:
        """As many as are here, but never none where there are earlier ones: it would look like the chat's beginning."""
        with self._chats.lock:
            record = self._with_messages(chat_id)
            found = self._memory.branch(chat_id, before)[-limit:]
            is_first = any(message.id == before and message.parent_id is None for message in record.messages)
        if before and not found and not is_first:
            raise DatabaseUnavailable
        return [replace(message, saved=message.id not in unsaved) for message in found]

    def read(self, chat_id: UUID, read: Callable[[MemoryStore], Result]) -> Result:
        """What a store in memory finds in a chat whose messages are here."""
        with self._chats.lock:
            self._with_messages(chat_id)
            return read(self._memory)

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

    def _with_messages(self, chat_id: UUID) -> ChatRecord:
        record = self._find(chat_id)
        if record is None or not record.is_whole:
            raise DatabaseUnavailable
        return record

    def _find(self, chat_id: UUID) -> ChatRecord | None:
        with self._chats.lock:
            return self._chats.find(self._user.id, chat_id)
