"""One user's chats in Postgres: each operation is one named statement that carries the owner."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from lib.attachments.volume import Volume
from lib.db.database import Database
from lib.errors import BadInput, Gone, NotFound
from lib.identity import User
from lib.messages.parts import Text
from lib.messages.serialise import parts_from_json, parts_to_json
from lib.search_languages import DEFAULT_SEARCH_LANGUAGE
from lib.store.answer_ids import check_turn_ids
from lib.store.cursor import Cursor
from lib.store.edits import Edit
from lib.store.files import joined, kept_ids
from lib.store.models import (
    Chat,
    Message,
    NewTurn,
    Page,
    SharedChat,
    Started,
)
from lib.store.postgres_answers import PostgresAnswers
from lib.store.postgres_context import PostgresContext
from lib.store.postgres_files import PostgresFiles
from lib.store.postgres_imports import PostgresImports
from lib.store.postgres_instructions import PostgresInstructions
from lib.store.postgres_records import PostgresRecords
from lib.store.postgres_search import PostgresSearch
from lib.store.postgres_table import PostgresTable
from lib.store.postgres_tools import PostgresTools
from lib.store.postgres_trash import PostgresTrash
from lib.store.postgres_turns import PostgresTurns
from lib.store.search_cursor import SearchCursor
from lib.store.search_hit import FoundChats, HitPage
from lib.store.sharing import shown_of
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT, PINNED_LIMIT
from lib.store.user_ids import UserIds
from lib.store.user_rows import UserRows
from lib.tables.chart_json import chart_from_json


class PostgresStore(
    PostgresTrash,
    PostgresTable,
    PostgresRecords,
    PostgresImports,
    PostgresFiles,
    PostgresAnswers,
    PostgresInstructions,
    PostgresTurns,
    PostgresContext,
    PostgresTools,
):
    """See `lib.store.store.Store`."""

    def __init__(
        self,
        database: Database,
        user: User,
        user_ids: UserIds | None = None,
        language: str = DEFAULT_SEARCH_LANGUAGE,
        volume: Volume | None = None,
    ) -> None:
        rows = UserRows(database, user, user_ids)
        super().__init__(rows)
        self._shared = rows.readable
        self._user = user
        self._language = language
        self._person = rows
        self._volume = volume

    def list_chats(
        self,
        limit: int = PAGE_LIMIT,
        *,
        older_than: UUID | Cursor | None = None,
        newer_than: UUID | Cursor | None = None,
        archived: bool = False,
    ) -> Page:
        # One more than asked for tells whether there is more.
        rows = self._page(older_than, newer_than, limit=limit + 1, archived=archived)
        places = [Cursor(row.pop("as_of"), row.pop("place"), row["id"]) for row in rows]
        chats, has_more = [Chat(**row) for row in rows[:limit]], len(rows) > limit
        return Page(chats[::-1] if newer_than else chats, has_more, places[limit - 1] if has_more else None)

    def _page(self, older_than: UUID | Cursor | None, newer_than: UUID | Cursor | None, **binds: Any) -> list[Any]:
        """The rows, nearest to the cursor first."""
        match older_than or newer_than:
            case Cursor() as cursor:
                if cursor.is_too_old:
                    raise BadInput("The cursor is too old. Begin with the first page again.")
                place = {"as_of": cursor.as_of, "place": cursor.place, "after_id": cursor.id}
                rows = self._rows("list_chats_as_of", **place, newer=bool(newer_than), **binds)
            case chat_id:
                rows = self._rows("list_chats", cursor=chat_id, newer=bool(newer_than), **binds)
                # No rows: the list may end here, or the chat has no place in it because it is not the user's.
                if chat_id and not rows and self.get_chat(chat_id) is None:
                    raise BadInput("The cursor is not one of your chats.")
        return [dict(row) for row in rows]

    def get_chat(self, chat_id: UUID) -> Chat | None:
        rows = self._rows("get_chat", chat_id=chat_id)
        return Chat(**rows[0]) if rows else None

    def list_pinned(self, limit: int = PINNED_LIMIT) -> list[Chat]:
        return [Chat(**row) for row in self._rows("list_pinned", limit=limit)]

    def find_chat(self, chat_id: UUID) -> SharedChat | None:
        rows = self._shared("find_chat", chat_id=chat_id)
        return shown_of(**rows[0]) if rows else None

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        rows = self._shared("list_messages", chat_id=chat_id, limit=limit, before_id=before)
        return list(map(_message, rows))

    def search(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> HitPage:
        return PostgresSearch(self._rows, query, self._language).hits(limit, after)

    def search_chats(self, query: str, limit: int = PAGE_LIMIT, *, after: SearchCursor | None = None) -> FoundChats:
        return PostgresSearch(self._rows, query, self._language).chats(limit, after)

    def start_turn(self, turn: NewTurn) -> Started:
        check_turn_ids(turn)
        binds = asdict(turn)
        question = binds.pop("question")
        binds |= {"email": self._user.email, "name": self._user.name, "file_ids": joined(kept_ids(turn.attachments))}
        rows = self._rows("start_turn", content=question, parts=parts_to_json([Text(question)]), **binds)
        if not rows:
            raise Gone if self.was_deleted(turn.chat_id) else NotFound
        names = ("agent", "is_new", "is_new_chat", "instructions")
        return Started(**{name: rows[0][name] for name in names})

    def get_message(self, message_id: UUID) -> Message | None:
        rows = self._shared("get_message", message_id=message_id)
        return _message(rows[0]) if rows else None

    def list_replies(self, chat_id: UUID, message_id: UUID) -> list[UUID]:
        return [row["id"] for row in self._rows("list_replies", chat_id=chat_id, message_id=message_id)]

    def mark_read(self, chat_id: UUID) -> None:
        self._rows("mark_read", chat_id=chat_id)

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        return bool(self._rows("set_generated_title", chat_id=chat_id, title=title))

    def edit_chat(self, chat_id: UUID, edit: Edit) -> bool:
        return self._changed(edit.query, chat_id, **edit.binds)

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID, until: UUID | None = None) -> bool:
        person = {"email": self._user.email, "name": self._user.name}
        if self._shared("copy_chat", chat_id=chat_id, new_chat_id=new_chat_id, until=until, **person):
            return True
        if self.was_deleted(new_chat_id):
            raise Gone
        # A copy under the same id that was made at the same moment: the statement waited for it, but could not see it.
        return self.get_chat(new_chat_id) is not None

    def open_branch(self, chat_id: UUID, message_id: UUID) -> bool:
        return self.edit_chat(chat_id, Edit("open_branch", {"message_id": message_id}, lambda chat: chat))


def _message(row: Any) -> Message:
    return Message(**{**row, "parts": parts_from_json(row["parts"]), "chart": chart_from_json(row["chart"])})
