"""The reads of a user's store that go on while the database does not.

Reads come from the database while it is up, otherwise from the cache of chats. Where a message of a chat waits, the
chat is read from the cache also while the database is up, because the database does not know all of it yet. A read that
a write has overtaken must not be remembered: `changes` is asked before the read, and the cache takes nothing that was
read before another change.
"""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.chat_cache import ChatCache
from lib.outage.guard import DatabaseGuard
from lib.outage.outbox import Outbox
from lib.outage.read_through import ReadThroughCache
from lib.store.cursor import Cursor
from lib.store.memory_chats import MemoryChats
from lib.store.models import Chat, Message, Page, RunningTurn, SharedChat, Vote
from lib.store.search_cursor import SearchCursor
from lib.store.search_hit import FoundChats, HitPage
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT, PINNED_LIMIT, Store
from lib.store.turn_models import FoundTurn, LogReading


class ResilientReads:
    """See `lib.store.store.ChatReads`. What the cache cannot answer raises DatabaseUnavailable, never NotFound."""

    def __init__(
        self,
        inner: Store,
        user: User,
        guard: DatabaseGuard,
        chats: MemoryChats,
        outbox: Outbox,
        *,
        remembered: bool = True,
    ) -> None:
        self._inner = inner
        self._user = user
        self._guard = guard
        self._outbox = outbox
        self._cache = ChatCache(chats, user)
        self._read_through = ReadThroughCache(inner, outbox, guard, self._cache, user)
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
            page = self._guard.require(
                lambda: self._inner.list_chats(limit, older_than=older_than, newer_than=newer_than, archived=archived)
            )
            return replace(page, chats=self._read_through.with_local_turns(page.chats))
        page = self._guard.prefer(
            lambda: self._inner.list_chats(limit),
            lambda: self._cache.chats(limit),
            lambda page: self._cache.remember_chats(page.chats),
            is_for_display=True,
        )
        return replace(
            page,
            chats=[*self._read_through.unsaved_chats(page.chats), *self._read_through.with_local_turns(page.chats)],
        )

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        return self._read_through.with_local_turns(
            self._guard.prefer(
                lambda: self._inner.list_pinned(limit),
                lambda: self._cache.pinned(limit),
                self._cache.remember_chats,
                is_for_display=True,
            )
        )

    def get_chat(self, chat_id: UUID) -> Chat | None:
        changes = self._cache.changes(chat_id)
        return self._guard.prefer(
            lambda: self._inner.get_chat(chat_id),
            lambda: self._read_through.chat(chat_id),
            lambda chat: self._cache.remember_chat(chat_id, chat, changes),
            chat_id,
            is_for_display=self._remembered,
        )

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        changes = self._cache.changes(chat_id)
        return self._guard.prefer(
            lambda: self._inner.find_chat(chat_id),
            lambda: _as_owner(self._read_through.chat(chat_id)),
            lambda chat: None if chat and not chat.is_owner else self._cache.remember_chat(chat_id, chat, changes),
            chat_id,
            is_for_display=self._remembered,
        )

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        if self._remembered:
            changes = self._cache.changes(chat_id)
            found = self._guard.prefer(
                lambda: self._inner.list_messages(chat_id, limit, before=before),
                lambda: self._read_through.messages(chat_id, limit, before),
                lambda messages: None if before else self._cache.remember_messages(chat_id, messages, changes),
                chat_id,
                is_for_display=True,
            )
        else:
            found = self._guard.require(lambda: self._inner.list_messages(chat_id, limit, before=before), chat_id)
        return found if before else self._outbox.dead_letters.shown_among(found, chat_id, self._user.id)[-limit:]

    def get_message(self, message_id: UUID) -> Message | None:
        return self._guard.prefer(
            lambda: self._inner.get_message(message_id),
            lambda: self._cache.message(message_id, self._outbox.unsaved),
        )

    def list_replies(self, chat_id: UUID, message_id: UUID) -> list[UUID]:
        return self._guard.prefer(
            lambda: self._inner.list_replies(chat_id, message_id),
            lambda: self._cache.read(chat_id, lambda memory: memory.list_replies(chat_id, message_id)),
            chat_id=chat_id,
            is_for_display=self._remembered,
        )

    def read_log(self, turn_id: UUID, after: int) -> LogReading | None:
        return self._guard.require(lambda: self._inner.read_log(turn_id, after))

    def list_trashed(self, limit: int = PAGE_LIMIT, *, after: Cursor | None = None) -> Page:
        return self._guard.require(lambda: self._inner.list_trashed(limit, after=after))

    def list_running_chats(self) -> list[UUID]:
        return self._guard.require(self._inner.list_running_chats)

    def was_deleted(self, chat_id: UUID) -> bool:
        return self._guard.require(lambda: self._inner.was_deleted(chat_id), chat_id)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        """While the database is away only what runs here can be known, and whoever asks knows that already."""
        running = self._guard.prefer(lambda: self._inner.running_turn(chat_id), lambda: None)
        # An answer that waits to be written is no longer being written.
        return None if running and running.id in self._outbox.unsaved else running

    def find_turn(self, turn_id: UUID) -> FoundTurn | None:
        found = self._guard.prefer(lambda: self._inner.find_turn(turn_id), lambda: self._cache.find_turn(turn_id))
        if found is None and len(self._outbox):
            # The database does not know what waits to be written.
            with suppress(DatabaseUnavailable):
                return self._cache.find_turn(turn_id)
        return found

    def search(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> HitPage:
        return self._guard.require(lambda: self._inner.search(query, limit, after=after))

    def search_chats(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> FoundChats:
        return self._guard.require(lambda: self._inner.search_chats(query, limit, after=after))

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        """While the database is away a chat is shown without them."""
        if not self._remembered:
            return self._guard.require(lambda: self._inner.votes(chat_id))
        return self._guard.prefer(lambda: self._inner.votes(chat_id), dict, is_for_display=True)

    def liked_questions(self, limit: int) -> list[str]:
        """They are not worth waiting for."""
        return self._guard.prefer(lambda: self._inner.liked_questions(limit), list)


def _as_owner(chat: Chat) -> SharedChat:
    """The user's own chat in the form of one that they may read."""
    return SharedChat(**{**vars(chat), "is_owner": True, "owner_name": None})
