"""The cache of a user's chats, which loads from the database what it lacks while the database is up.

That is needed for chats of which a message waits: they must be read from the cache, and this process may never have
shown them before.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lib.errors import DatabaseUnavailable, Gone
from lib.identity import User
from lib.outage.chat_cache import MAX_MESSAGES_READ, ChatCache
from lib.outage.guard import DatabaseGuard
from lib.outage.outbox import Outbox
from lib.store.models import Chat, Message
from lib.store.store import Store


class ReadThroughCache:
    """What is neither in the cache nor can be loaded raises DatabaseUnavailable."""

    def __init__(self, inner: Store, outbox: Outbox, guard: DatabaseGuard, cache: ChatCache, user: User) -> None:
        self._inner = inner
        self._outbox = outbox
        self._guard = guard
        self._cache = cache
        self._user = user

    def has_pending(self, chat_id: UUID) -> bool:
        """Whether a message of this chat of the user's waits to be saved."""
        return self._outbox.holds(chat_id, self._user.id)

    def chat(self, chat_id: UUID) -> Chat:
        self._load_if_pending(chat_id)
        return self._cache.chat(chat_id)

    def messages(self, chat_id: UUID, limit: int, before: UUID | None) -> list[Message]:
        self._load_if_pending(chat_id)
        return self._cache.messages(chat_id, limit, before, self._outbox.unsaved)

    def with_local_turns(self, chats: Sequence[Chat]) -> list[Chat]:
        """The same chats, where this process knows better than the database whether a turn runs in them."""
        return [
            replace(chat, running=self._cache.is_running(chat.id)) if self.has_pending(chat.id) else chat
            for chat in chats
        ]

    def unsaved_chats(self, chats: Sequence[Chat]) -> list[Chat]:
        """The user's new chats that are not among these, because they wait to be saved."""
        if not len(self._outbox):
            return []
        listed = {chat.id for chat in chats}
        return [chat for chat in self._cache.chats().chats if chat.id not in listed and self.has_pending(chat.id)]

    def load(self, chat_id: UUID) -> bool:
        """Load a chat into the cache unless its messages are there. Raises Gone.

        True: the database was asked, and the user can read no such chat. False says nothing.
        """
        if self._guard.is_away() or self._cache.has_messages_of(chat_id):
            return False
        try:
            chat = self._inner.find_chat(chat_id)
            if chat and chat.is_owner:
                messages = self._inner.list_messages(chat_id, MAX_MESSAGES_READ)
                self._cache.load(chat, messages, self._outbox.of_chat(chat_id))
            if chat is None and self._inner.was_deleted(chat_id):
                raise Gone
        except DatabaseUnavailable as error:
            self._guard.failed(error)
            return False
        return chat is None

    def _load_if_pending(self, chat_id: UUID) -> None:
        """Without a pending message the caller has just asked the database, in vain."""
        if self.has_pending(chat_id) and not self._guard.has_just_waited:
            self.load(chat_id)
