"""A user's trash in Postgres, and the deletion of all that is theirs."""

from typing import Any
from uuid import UUID

from lib.errors import Gone
from lib.store.cursor import Cursor
from lib.store.deleted_chats import DeletedChats
from lib.store.models import Chat, Page
from lib.store.store import PAGE_LIMIT
from lib.store.user_rows import UserRows

MAX_CHATS_A_BATCH, MAX_MESSAGES_A_BATCH = 200, 2_000
"""What one statement deletes: about a tenth of a second's work, unless a single chat is longer."""
BATCH = {"limit": MAX_CHATS_A_BATCH, "max_messages": MAX_MESSAGES_A_BATCH}


class PostgresTrash:
    """The part of `lib.store.postgres.PostgresStore` by which chats go, come back and go for good."""

    def __init__(self, rows: UserRows) -> None:
        self._user_rows = rows
        self._rows = rows.own

    def list_trashed(self, limit: int = PAGE_LIMIT, *, after: Cursor | None = None) -> Page:
        place = {"after_at": after.place if after else None, "after_id": after.id if after else None}
        rows = self._rows("list_trashed", limit=limit + 1, **place)
        chats, has_more = [Chat(**row) for row in rows[:limit]], len(rows) > limit
        last = rows[limit - 1] if has_more else None
        return Page(chats, has_more, Cursor.after_trashed(last["deleted_at"], last["id"]) if last else None)

    def trash_chat(self, chat_id: UUID) -> bool:
        return self._changed("trash_chat", chat_id)

    def restore_chat(self, chat_id: UUID) -> bool:
        return self._changed("restore_chat", chat_id)

    def delete_chat(self, chat_id: UUID) -> bool:
        return bool(self._rows("delete_chat", chat_id=chat_id))

    def was_deleted(self, chat_id: UUID) -> bool:
        return bool(self._rows("was_deleted", chat_id=chat_id))

    def delete_some_chats(self) -> DeletedChats:
        rows = self._rows("delete_some_chats", with_long=True, **BATCH)
        return DeletedChats([row["id"] for row in rows], sum(row["messages"] for row in rows))

    def forget_user(self) -> int:
        (row,) = self._rows("forget_user")
        self._user_rows.forget_user()
        return int(row["votes"])

    def list_running_chats(self) -> list[UUID]:
        return [row["chat_id"] for row in self._rows("list_running_chats")]

    def _changed(self, query: str, chat_id: UUID, **binds: Any) -> bool:
        """Whether there was such a chat. Raises Gone if there is none any more."""
        if self._rows(query, chat_id=chat_id, **binds):
            return True
        if self.was_deleted(chat_id):
            raise Gone
        return False
