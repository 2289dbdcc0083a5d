"""A user's chats as they are while something of them waits, of which the database does not know."""

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
    """From memory, which reads what it lacks while the database can be read. Raises DatabaseUnavailable."""

    def __init__(self, inner: Store, outbox: Outbox, guard: DatabaseGuard, cache: ChatCache, user: User) -> None:
        self._inner = inner
        self._outbox = outbox
        self._guard = guard
        self._cache = cache
        self._user = user

    def waits(self, chat_id: UUID) -> bool:
        """Whether something of this chat of the user's is to be written yet."""
        return self._outbox.holds(chat_id, self._user.id)

    def chat(self, chat_id: UUID) -> Chat:
        self._learn_if_it_waits(chat_id)
        return self._cache.chat(chat_id)

    def messages(self, chat_id: UUID, limit: int, before: UUID | None) -> list[Message]:
        self._learn_if_it_waits(chat_id)
        return self._cache.messages(chat_id, limit, before, self._outbox.unsaved)

    def as_here(self, chats: Sequence[Chat]) -> list[Chat]:
        """The same chats; the database knows neither of a turn that waits to be written nor of the end of one."""
        return [
            replace(chat, running=self._cache.is_running(chat.id)) if self.waits(chat.id) else chat for chat in chats
        ]

    def not_among(self, chats: Sequence[Chat]) -> list[Chat]:
        """New chats that wait to be written."""
        if not len(self._outbox):
            return []
        listed = {chat.id for chat in chats}
        return [chat for chat in self._cache.chats().chats if chat.id not in listed and self.waits(chat.id)]

    def learn(self, chat_id: UUID) -> bool:
        """Have memory know a chat as it is. Raises Gone.

        Whether the database could be read, and has no such chat to show.
        """
        if self._guard.is_away() or self._cache.is_whole(chat_id):
            return False
        try:
            chat = self._inner.find_chat(chat_id)
            if chat and chat.is_owner:
                messages = self._inner.list_messages(chat_id, MAX_MESSAGES_READ)
                self._cache.learn(chat, messages, self._outbox.of(chat_id))
            if chat is None and self._inner.was_deleted(chat_id):
                raise Gone
        except DatabaseUnavailable as error:
            self._guard.failed(error)
            return False
        return chat is None

    def _learn_if_it_waits(self, chat_id: UUID) -> None:
        """Where nothing waits the database has just been asked, in vain."""
        if self.waits(chat_id):
            self.learn(chat_id)
