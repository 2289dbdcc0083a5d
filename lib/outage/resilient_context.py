"""What the agent reads of a chat while the database does not answer: what was seen of it here."""

from uuid import UUID

from lib.messages.parts import ContextMessage
from lib.outage.chat_cache import ChatCache
from lib.outage.guard import DatabaseGuard
from lib.store.context import Context, ContextPlace, Unsummarised
from lib.store.memory import MemoryStore
from lib.store.store import Store


class ResilientContext:
    """The part of `lib.outage.resilient_store.ResilientStore` for what agents read.

    A summary is not worth keeping for later: the next answer has one made.
    """

    _inner: Store
    _guard: DatabaseGuard
    _cache: ChatCache
    _seen_here: MemoryStore
    _remembered: bool

    def list_context(
        self, chat_id: UUID, question_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextMessage]:
        return self._guard.prefer(
            lambda: self._inner.list_context(chat_id, question_id, max_chars, with_summary=with_summary),
            lambda: self._cache.read(
                chat_id, lambda memory: memory.list_context(chat_id, question_id, max_chars, with_summary=with_summary)
            ),
            lambda context: self._seen_here.know_summary(chat_id, context.summary),
            chat_id,
        )

    def list_context_places(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextPlace]:
        return self._guard.prefer(
            lambda: self._inner.list_context_places(chat_id, leaf_id, max_chars, with_summary=with_summary),
            lambda: self._cache.read(
                chat_id,
                lambda memory: memory.list_context_places(chat_id, leaf_id, max_chars, with_summary=with_summary),
            ),
            lambda context: self._seen_here.know_summary(chat_id, context.summary),
            chat_id,
            is_for_display=self._remembered,
        )

    def list_unsummarised(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, kept_chars: int, batch_chars: int
    ) -> Unsummarised:
        return self._guard.require(
            lambda: self._inner.list_unsummarised(chat_id, leaf_id, max_chars, kept_chars, batch_chars), chat_id
        )

    def save_context_summary(self, chat_id: UUID, message_id: UUID, content: str) -> bool:
        return self._guard.require(lambda: self._inner.save_context_summary(chat_id, message_id, content), chat_id)
