"""What is read of a chat to take it away: all that is known of its messages, a page at a time."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from lib.messages.serialise import parts_from_json
from lib.store.models import Extent, Message, MessageRecord, Vote

MAX_PAGE_BYTES = 1_000_000
"""Of the messages of a page together, without the last."""
_BESIDES = ("first_event_ms", "is_upvoted", "comment")
Query = Callable[..., list[Any]]


def extent(query: Query, chat_id: UUID) -> Extent | None:
    rows = query("chat_extent", chat_id=chat_id)
    return Extent(rows[0]["branch"], rows[0]["last_id"], rows[0]["messages"]) if rows else None


def list_records(query: Query, chat_id: UUID, limit: int, after: UUID | None) -> list[MessageRecord]:
    rows = query("list_records", chat_id=chat_id, limit=limit, after_id=after, max_bytes=MAX_PAGE_BYTES)
    return list(map(_record, rows))


def _record(row: Mapping[str, Any]) -> MessageRecord:
    said = {name: value for name, value in row.items() if name not in _BESIDES}
    message = Message(**{**said, "parts": parts_from_json(row["parts"])})
    vote = None if row["is_upvoted"] is None else Vote(row["is_upvoted"], row["comment"])
    return MessageRecord(message, row["first_event_ms"], vote)
