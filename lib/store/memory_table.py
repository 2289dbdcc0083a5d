"""The table of all chats in memory: filters, order and pages as in Postgres."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from unicodedata import normalize
from uuid import UUID

from lib.store.chat_record import ChatRecord
from lib.store.chat_summary import (
    LAST_ACTIVE,
    LISTED,
    MAX_COUNTED,
    TABLE_LIMIT,
    ChatFilter,
    ChatSummary,
    Order,
    SummaryPage,
    TableCursor,
    page_of,
    place_of,
)
from lib.store.edits import Edit
from lib.store.memory_records import MemoryRecords
from lib.store.models import Chat
from lib.store.sharing import unshared

KEY_CHARS = 100
_ACCENTS = re.compile("[\u0300-\u036f]")


class MemoryTable(MemoryRecords):
    """The part of `lib.store.memory.MemoryStore` for the page with all chats."""

    def list_summaries(
        self,
        chosen: ChatFilter = LISTED,
        order: Order = LAST_ACTIVE,
        limit: int = TABLE_LIMIT,
        *,
        after: TableCursor | None = None,
    ) -> SummaryPage:
        with self._chats.lock:
            found = [self._summary(record) for record in self._chats.of(self._user.id) if _meets(record.chat, chosen)]
        found.sort(key=lambda row: _place(row.chat, order), reverse=not order.ascending)
        if after:
            here = (_key(after.place), after.id)
            found = [row for row in found if _is_after(_place(row.chat, order), here, order)]
        return page_of(found[: limit + 1], limit, order)

    def list_agents(self) -> list[str]:
        with self._chats.lock:
            chats = [record.chat for record in self._chats.of(self._user.id)]
        return sorted({chat.agent for chat in chats if chat.agent and not chat.archived_at})

    def edit_chats(self, chat_ids: Sequence[UUID], edit: Edit) -> list[UUID]:
        changed = []
        with self._chats.lock:
            for record in self._chats.of(self._user.id):
                if record.chat.id in chat_ids and (edited := edit.applied(record.chat)) != record.chat:
                    record.chat = edited
                    changed.append(edited.id)
        return changed

    def trash_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        with self._chats.lock:
            records = [record for record in self._chats.of(self._user.id) if record.chat.id in chat_ids]
            for record in records:
                record.chat = replace(unshared(record.chat), deleted_at=datetime.now(UTC))
                self._chats.move_to_trash(record.chat.id)
        return [record.chat.id for record in records]

    def restore_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        with self._chats.lock:
            records = [record for record in self._trashed() if record.chat.id in chat_ids]
            for record in records:
                record.chat = replace(record.chat, deleted_at=None)
                self._chats.move_from_trash(record.chat.id)
        return [record.chat.id for record in records]

    def delete_chats(self, chat_ids: Sequence[UUID]) -> list[UUID]:
        with self._chats.lock:
            mine = [*self._chats.of(self._user.id), *self._trashed()]
            found = [record.chat.id for record in mine if record.chat.id in chat_ids]
            for chat_id in found:
                self._chats.delete(self._user.id, chat_id)
        return found

    def _summary(self, record: ChatRecord) -> ChatSummary:
        votes = [vote.is_upvoted for (_, user_id), vote in record.votes.items() if user_id == self._user.id]
        messages = min(len(record.messages), MAX_COUNTED + 1)
        return ChatSummary(record.chat, messages, votes.count(True), votes.count(False))


def _meets(chat: Chat, chosen: ChatFilter) -> bool:
    return (
        chosen.archived in (None, chat.archived_at is not None)
        and (not chosen.pinned or chat.pinned_at is not None)
        and (not chosen.shared or chat.visibility == "public")
        and (not chosen.running or chat.running)
        and (not chosen.waiting or (chat.running and chat.is_waiting))
        and chosen.agent in (None, chat.agent)
        and (chosen.since is None or chat.updated_at >= chosen.since)
        and (chosen.before is None or chat.updated_at < chosen.before)
    )


def _place(chat: Chat, order: Order) -> tuple[datetime | str, UUID]:
    return _key(place_of(chat, order)), chat.id


def _key(place: datetime | str) -> datetime | str:
    return title_key(place) if isinstance(place, str) else place


def _is_after(place: tuple[datetime | str, UUID], here: tuple[datetime | str, UUID], order: Order) -> bool:
    return bool(place > here if order.ascending else place < here)


def title_key(title: str) -> str:
    """As the function of this name in the database: upper and lower case together, accents beside their letters."""
    return _ACCENTS.sub("", normalize("NFKD", title)).lower()[:KEY_CHARS]
