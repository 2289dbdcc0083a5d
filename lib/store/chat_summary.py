"""The whole list of a user's chats as a table: what may be asked for, and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from lib.store.edits import Edit
from lib.store.models import Chat

TABLE_LIMIT = 25
MAX_COUNTED = 1_000
"""Messages of a chat. One more stands for any number beyond."""
Column = Literal["activity", "title", "created"]


@dataclass(frozen=True)
class ChatFilter:
    """A chat must meet all that is asked for. `archived=None` asks for archived chats and for the others.

    `since` and `before` are about the last activity; `before` itself is left out.
    """

    archived: bool | None = False
    pinned: bool = False
    shared: bool = False
    running: bool = False
    waiting: bool = False
    """For its owner."""
    agent: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class Order:
    by: Column = "activity"
    ascending: bool = False


LISTED = ChatFilter()
LAST_ACTIVE = Order()


@dataclass(frozen=True)
class ChatSummary:
    """A chat with what the table tells of it; None where that is not known."""

    chat: Chat
    messages: int | None
    """On all branches, counted up to MAX_COUNTED."""
    upvotes: int | None
    downvotes: int | None
    """The user's own votes, as those before."""


@dataclass(frozen=True)
class TableCursor:
    """The place after a chat: its value in the column by which the table is sorted, and its id."""

    place: datetime | str
    id: UUID


@dataclass(frozen=True)
class SummaryPage:
    """`cursor` is where the table goes on; None at its end. `is_partial`: from memory, while the database is away."""

    rows: list[ChatSummary]
    cursor: TableCursor | None = None
    is_partial: bool = False


class SummaryReads(Protocol):
    def list_summaries(
        self,
        chosen: ChatFilter = LISTED,
        order: Order = LAST_ACTIVE,
        limit: int = TABLE_LIMIT,
        *,
        after: TableCursor | None = None,
    ) -> SummaryPage:
        """A page of the user's own chats. Chats with the same value are sorted by their ids.

        A place is a value: a chat that becomes active while the user turns the pages moves with its value, and is met
        at its new place or not at all.
        """

    def list_agents(self) -> list[str]:
        """The agents of the user's own chats that are not archived, sorted."""


class BulkEdits(Protocol):
    """Edits of several chats in one statement: all of them or none."""

    def edit_chats(self, chat_ids: Sequence[UUID], edit: Edit) -> list[UUID]:
        """Make one of the edits of `lib.store.bulk_edits`. Returns the chats that it changed.

        Left out are chats that were so already, that were deleted, and that are somebody else's.
        """

    def trash_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        """Returns those that were not in the trash yet."""

    def restore_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        """Returns those that were in the trash."""

    def delete_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        """For good, in the trash or not. Returns those that there were."""


def page_of(rows: Sequence[ChatSummary], limit: int, order: Order) -> SummaryPage:
    """Of one row more than asked for, which tells whether there are more."""
    shown = list(rows[:limit])
    return SummaryPage(shown, place_after(shown[-1].chat, order) if len(rows) > limit else None)


def place_after(chat: Chat, order: Order) -> TableCursor:
    return TableCursor(place_of(chat, order), chat.id)


def place_of(chat: Chat, order: Order) -> datetime | str:
    """The value by which the table is sorted."""
    places: dict[Column, datetime | str] = {
        "activity": chat.updated_at,
        "title": chat.title,
        "created": chat.created_at,
    }
    return places[order.by]
