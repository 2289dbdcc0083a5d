"""The table of all chats, and the edits of several of them, while the database does not answer."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from lib.errors import DatabaseUnavailable, Gone
from lib.outage.chat_cache import MAX_CHATS, ChatCache
from lib.outage.guard import NOT_NOW, DatabaseGuard
from lib.outage.outbox import Outbox
from lib.outage.read_through import ReadThroughCache
from lib.store.chat_summary import (
    LAST_ACTIVE,
    LISTED,
    TABLE_LIMIT,
    ChatFilter,
    ChatSummary,
    Order,
    SummaryPage,
    TableCursor,
)
from lib.store.edits import Edit
from lib.store.memory import MemoryStore
from lib.store.store import Store


class ResilientTable:
    """The part of `lib.outage.resilient_store.ResilientStore` for the page with all chats."""

    _inner: Store
    _guard: DatabaseGuard
    _cache: ChatCache
    _seen_here: MemoryStore
    """The chats in the cache."""
    _outbox: Outbox
    _read_through: ReadThroughCache
    _remembered: bool

    def list_summaries(
        self,
        chosen: ChatFilter = LISTED,
        order: Order = LAST_ACTIVE,
        limit: int = TABLE_LIMIT,
        *,
        after: TableCursor | None = None,
    ) -> SummaryPage:
        if not self._remembered:
            return self._guard.require(lambda: self._inner.list_summaries(chosen, order, limit, after=after))
        page = self._guard.prefer(
            lambda: self._inner.list_summaries(chosen, order, limit, after=after),
            lambda: self._known(self._seen_here.list_summaries(chosen, order, limit, after=after)),
        )
        return page if after or page.is_partial else self._with_unsaved(page, chosen, order)

    def list_agents(self) -> list[str]:
        return self._guard.prefer(self._inner.list_agents, self._seen_here.list_agents)

    def edit_chats(self, chat_ids: Sequence[UUID], edit: Edit) -> list[UUID]:
        """Refused as a whole where a message of one of the chats waits: the database may not have the chat yet."""
        edited = self._changed(chat_ids, lambda: self._inner.edit_chats(chat_ids, edit))
        for chat_id in edited:
            self._remember_edit(chat_id, edit)
        return edited

    def trash_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        trashed = self._changed(chat_ids, lambda: self._inner.trash_chats(chat_ids))
        for chat_id in trashed:
            self._cache.forget(chat_id)
        return trashed

    def restore_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        return self._changed(chat_ids, lambda: self._inner.restore_chats(chat_ids))

    def delete_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        deleted = self._changed(chat_ids, lambda: self._inner.delete_chats(chat_ids))
        for chat_id in deleted:
            self._cache.delete(chat_id)
        return deleted

    def _changed(self, chat_ids: Sequence[UUID], change: Callable[[], list[UUID]]) -> list[UUID]:
        if any(self._outbox.holds(chat_id) for chat_id in chat_ids):
            raise DatabaseUnavailable(NOT_NOW)
        return self._guard.require(change)

    def _remember_edit(self, chat_id: UUID, edit: Edit) -> None:
        """The cache has the chats of the lists that were read, and no list tells it that a chat was archived."""
        with suppress(Gone):
            self._seen_here.edit_chat(chat_id, edit)

    def _with_unsaved(self, page: SummaryPage, chosen: ChatFilter, order: Order) -> SummaryPage:
        """With the chats of which a message waits first, as in the list on the left, in whatever order."""
        if not len(self._outbox):
            return page
        listed = {row.chat.id for row in page.rows}
        seen = self._known(self._seen_here.list_summaries(chosen, order, MAX_CHATS)).rows
        waiting = [row for row in seen if row.chat.id not in listed and self._read_through.has_pending(row.chat.id)]
        chats = self._read_through.with_local_turns([row.chat for row in page.rows])
        rows = [replace(row, chat=chat) for row, chat in zip(page.rows, chats, strict=True)]
        return replace(page, rows=[*waiting, *rows])

    def _known(self, page: SummaryPage) -> SummaryPage:
        """The cache has the last messages of a chat at the most, so it knows no numbers."""
        chats = [replace(row.chat, running=self._cache.is_running(row.chat.id)) for row in page.rows]
        return replace(page, rows=[ChatSummary(chat, None, None, None) for chat in chats], is_partial=True)
