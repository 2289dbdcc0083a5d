"""What is read of a chat to take it away: all that is known of its messages, a page at a time."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from lib.messages.serialise import parts_from_json
from lib.store.models import Message, Vote
from lib.store.record_models import Extent, MessageRecord
from lib.store.store import RECORDS_LIMIT
from lib.tables.chart_json import chart_from_json

MAX_PAGE_BYTES = 1_000_000
"""Of the messages of a page together, without the last."""
_BESIDES = ("is_upvoted", "comment", "tags")
Query = Callable[..., list[Any]]


class PostgresRecords:
    """The part of `PostgresStore` that only an export needs."""

    _rows: Query
    _shared: Query

    def list_chat_ids(self, limit: int, *, after: UUID | None = None) -> list[UUID]:
        return [row["id"] for row in self._rows("list_chat_ids", limit=limit, after_id=after)]

    def extent(self, chat_id: UUID) -> Extent | None:
        rows = self._shared("chat_extent", chat_id=chat_id)
        return Extent(rows[0]["branch"], rows[0]["last_id"], rows[0]["messages"]) if rows else None

    def list_records(
        self, chat_id: UUID, limit: int = RECORDS_LIMIT, *, after: UUID | None = None
    ) -> list[MessageRecord]:
        rows = self._shared("list_records", chat_id=chat_id, limit=limit, after_id=after, max_bytes=MAX_PAGE_BYTES)
        return list(map(_record, rows))


def _record(row: Mapping[str, Any]) -> MessageRecord:
    said = {name: value for name, value in row.items() if name not in _BESIDES}
    message = Message(**{**said, "parts": parts_from_json(row["parts"]), "chart": chart_from_json(row["chart"])})
    vote = None if row["is_upvoted"] is None else Vote(row["is_upvoted"], row["comment"], tuple(row["tags"]))
    return MessageRecord(message, vote)
