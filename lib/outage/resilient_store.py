"""A user's store that goes on when the database does not: from memory, and with an outbox for what is to be kept."""

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.messages.parts import ContextMessage
from lib.outage.chat_cache import MAX_CHATS, ChatCache, as_owner
from lib.outage.connection_state import ConnectionState
from lib.outage.guard import DatabaseGuard
from lib.outage.outbox import FULL, Outbox
from lib.outage.pending_write import GivenTitle, PendingWrite
from lib.outage.read_through import ReadThrough
from lib.store.cursor import Cursor
from lib.store.models import (
    Chat,
    Ending,
    LogReading,
    Message,
    NewTurn,
    Page,
    RunningTurn,
    SearchHit,
    SharedChat,
    Started,
    Vote,
)
from lib.store.shelf import Shelf
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT, PINNED_LIMIT, Store

log = logging.getLogger("lakechat.db")


@dataclass
class ResilientStores:
    """What all users' stores of a process share."""

    state: ConnectionState
    outbox: Outbox
    shelf: Shelf = field(default_factory=lambda: Shelf(MAX_CHATS))

    def take_over(self) -> None:
        """Have what earlier processes left unsaved shown, and written like anything that waits."""
        for entry in self.outbox.take_over():
            ChatCache(self.shelf, entry.user).restore(entry)
        with self.state.lock:
            if len(self.outbox):
                self.state.when_lost()
                self.state.changed()


class ResilientStore:
    """See `lib.store.store.Store`. `remembered` False: lists are never given from memory, to be taken for all there is.

    While the database is away what memory does not know raises DatabaseUnavailable: a check that cannot be made denies.
    """

    def __init__(self, inner: Store, shared: ResilientStores, user: User, *, remembered: bool = True) -> None:
        self._inner = inner
        self._state = shared.state
        self._outbox = shared.outbox
        self._guard = DatabaseGuard(shared.state, shared.outbox, user.id)
        self._cache = ChatCache(shared.shelf, user)
        self._recall = ReadThrough(inner, shared.outbox, self._guard, self._cache, user)
        self._user = user
        self._remembered = remembered

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        if older_than or newer_than or archived or not self._remembered:
            page = self._guard.ask(
                lambda: self._inner.list_chats(limit, older_than=older_than, newer_than=newer_than, archived=archived)
            )
            return replace(page, chats=self._recall.as_here(page.chats))
        page = self._guard.either(
            lambda: self._inner.list_chats(limit),
            lambda: self._cache.chats(limit),
            lambda page: self._cache.remember_chats(page.chats),
        )
        return replace(page, chats=[*self._recall.not_among(page.chats), *self._recall.as_here(page.chats)])

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        return self._recall.as_here(
            self._guard.either(
                lambda: self._inner.list_pinned(limit), lambda: self._cache.pinned(limit), self._cache.remember_chats
            )
        )

    def get_chat(self, chat_id: UUID) -> Chat | None:
        changes = self._cache.changes(chat_id)
        return self._guard.either(
            lambda: self._inner.get_chat(chat_id),
            lambda: self._recall.chat(chat_id),
            lambda chat: self._cache.remember_chat(chat_id, chat, changes),
            chat_id,
        )

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        changes = self._cache.changes(chat_id)
        return self._guard.either(
            lambda: self._inner.find_chat(chat_id),
            lambda: as_owner(self._recall.chat(chat_id)),
            lambda chat: None if chat and not chat.is_owner else self._cache.remember_chat(chat_id, chat, changes),
            chat_id,
        )

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        if self._remembered:
            changes = self._cache.changes(chat_id)
            found = self._guard.either(
                lambda: self._inner.list_messages(chat_id, limit, before=before),
                lambda: self._recall.messages(chat_id, limit, before),
                lambda messages: None if before else self._cache.remember_messages(chat_id, messages, changes),
                chat_id,
            )
        else:
            found = self._guard.ask(lambda: self._inner.list_messages(chat_id, limit, before=before), chat_id)
        return found if before else self._outbox.dead_letters.shown_among(found, chat_id, self._user.id)[-limit:]

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        return self._guard.either(
            lambda: self._inner.list_context(chat_id, question_id, max_chars),
            lambda: self._cache.context(chat_id, question_id, max_chars),
            chat_id=chat_id,
        )

    def get_message(self, message_id: UUID) -> Message | None:
        return self._guard.either(
            lambda: self._inner.get_message(message_id),
            lambda: self._cache.message(message_id, self._outbox.unsaved),
        )

    def start_turn(self, turn: NewTurn) -> Started:
        now = datetime.now(UTC)
        if not self._guard.is_away(turn.chat_id):
            try:
                started = self._inner.start_turn(turn)
            except DatabaseUnavailable as error:
                self._guard.lost(error)
            else:
                self._cache.started(turn, started)
                return started
        return self._start_later(replace(turn, said_at=now))

    def _start_later(self, turn: NewTurn) -> Started:
        if self._recall.learn(turn.chat_id):
            # If it is somebody else's all the same, it is refused when it is written.
            turn = replace(turn, is_new_chat=True)
        with self._state.lock:
            if self._outbox.is_full:
                raise DatabaseUnavailable(FULL)
            started = self._cache.start(turn)
            if started.is_new:
                self._guard.keep(PendingWrite(self._user, turn))
                log.info("Question %s of chat %s waits for the database.", turn.question_id, turn.chat_id)
        return started

    def finish_turn(self, ending: Ending) -> None:
        """Never for want of the database: the answer waits for it."""
        self._cache.finish(ending)
        self._guard.now_or_later(PendingWrite(self._user, ending), self._inner)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        known = self._cache.set_generated_title(chat_id, title)
        taken = self._guard.now_or_later(PendingWrite(self._user, GivenTitle(chat_id, title)), self._inner)
        return known if taken is None else bool(taken)

    def mark_read(self, chat_id: UUID) -> None:
        """Not worth keeping: at the worst the chat is marked as unread once more."""
        self._cache.mark_read(chat_id)
        self._guard.either(lambda: self._inner.mark_read(chat_id), lambda: None)

    def delete_chat(self, chat_id: UUID) -> bool:
        deleted = self._guard.ask(lambda: self._inner.delete_chat(chat_id), chat_id)
        if deleted:
            self._cache.deleted(chat_id)
        else:
            self._cache.forget(chat_id)
        return deleted

    def was_deleted(self, chat_id: UUID) -> bool:
        return self._guard.ask(lambda: self._inner.was_deleted(chat_id), chat_id)

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        return self._guard.ask(lambda: self._inner.read_log(turn_id, after))

    def request_stop(self, chat_id: UUID) -> bool:
        if self._recall.waits(chat_id) and not self._state.is_lost and not self.running_turn(chat_id):
            return False
        return self._guard.ask(lambda: self._inner.request_stop(chat_id))

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        """While the database is away only what runs here can be known, and whoever asks knows that already."""
        running = self._guard.either(lambda: self._inner.running_turn(chat_id), lambda: None)
        # An answer that waits to be written is no longer being written.
        return None if running and running.id in self._outbox.unsaved else running

    def search(self, query: str, limit: int = PAGE_LIMIT) -> list[SearchHit]:
        return self._guard.ask(lambda: self._inner.search(query, limit))

    def rename_chat(self, chat_id: UUID, title: str) -> bool:
        return self._guard.ask(lambda: self._inner.rename_chat(chat_id, title), chat_id)

    def pin_chat(self, chat_id: UUID, pinned: bool) -> bool:
        return self._guard.ask(lambda: self._inner.pin_chat(chat_id, pinned), chat_id)

    def archive_chat(self, chat_id: UUID, archived: bool) -> bool:
        return self._guard.ask(lambda: self._inner.archive_chat(chat_id, archived), chat_id)

    def set_visibility(self, chat_id: UUID, visibility: str) -> bool:
        return self._guard.ask(lambda: self._inner.set_visibility(chat_id, visibility), chat_id)

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID) -> bool:
        return self._guard.ask(lambda: self._inner.copy_chat(chat_id, new_chat_id), chat_id)

    def vote(self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None) -> bool:
        return self._guard.ask(lambda: self._inner.vote(message_id, is_upvoted, comment))

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        """While the database is away a chat is shown without them."""
        if not self._remembered:
            return self._guard.ask(lambda: self._inner.votes(chat_id))
        return self._guard.either(lambda: self._inner.votes(chat_id), dict)
