"""The table of all chats in Postgres, and the edits of several of them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from lib.store.chat_summary import (
    LAST_ACTIVE,
    LISTED,
    TABLE_LIMIT,
    ChatFilter,
    ChatSummary,
    Order,
    SummaryPage,
    TableCursor,
    page_of,
)
from lib.store.edits import Edit
from lib.store.models import Chat

QUERIES = {
    "activity": "list_summaries_by_activity",
    "title": "list_summaries_by_title",
    "created": "list_summaries_by_creation",
}
_BESIDES = ("messages", "upvotes", "downvotes")


class PostgresTable:
    """The part of `lib.store.postgres.PostgresStore` for the page with all chats."""

    _rows: Callable[..., list[Any]]

    def list_summaries(
        self,
        chosen: ChatFilter = LISTED,
        order: Order = LAST_ACTIVE,
        limit: int = TABLE_LIMIT,
        *,
        after: TableCursor | None = None,
    ) -> SummaryPage:
        rows = self._rows(QUERIES[order.by], **binds(chosen, order, limit, after))
        return page_of(list(map(_summary, rows)), limit, order)

    def list_agents(self) -> list[str]:
        return [row["agent"] for row in self._rows("list_agents")]

    def edit_chats(self, chat_ids: Sequence[UUID], edit: Edit) -> list[UUID]:
        return self._changed_chats(edit.query, chat_ids, **edit.binds)

    def trash_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        return self._changed_chats("trash_chats", chat_ids)

    def restore_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        return self._changed_chats("restore_chats", chat_ids)

    def delete_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        return self._changed_chats("delete_chats", chat_ids)

    def _changed_chats(self, query: str, chat_ids: Sequence[UUID], **binds: Any) -> list[UUID]:
        return [row["id"] for row in self._rows(query, chat_ids=_list(chat_ids), **binds)]


def binds(chosen: ChatFilter, order: Order, limit: int, after: TableCursor | None) -> dict[str, Any]:
    """One row more than asked for tells whether there are more."""
    place = {"place": after.place if after else None, "after_id": after.id if after else None}
    return {**asdict(chosen), **place, "ascending": order.ascending, "limit": limit + 1}


def _summary(row: Any) -> ChatSummary:
    chat = {name: value for name, value in row.items() if name not in _BESIDES}
    return ChatSummary(Chat(**chat), row["messages"], row["upvotes"], row["downvotes"])


def _list(ids: Sequence[UUID]) -> str:
    return ",".join(map(str, ids))
