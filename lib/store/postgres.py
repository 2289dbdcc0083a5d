"""One user's chats in Postgres: each operation is one named statement that carries the owner."""

import json
from dataclasses import asdict
from typing import Any, NoReturn
from uuid import UUID

import psycopg2
from sqlalchemy.exc import IntegrityError

from lib.db.database import Database
from lib.errors import BadInput, ChatBusy, NotFound
from lib.identity import User
from lib.store.models import Chat, Ending, Message, NewTurn, Page, RunningTurn, Started, text_part
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT


class PostgresStore:
    """See `lib.store.store.Store`."""

    def __init__(self, database: Database, user: User) -> None:
        self._database = database
        self._user = user

    def list_chats(
        self, limit: int = PAGE_LIMIT, *, older_than: UUID | None = None, newer_than: UUID | None = None
    ) -> Page:
        cursor = older_than or newer_than
        position = self._position(cursor) if cursor else {"updated_at": None, "chat_id": None}
        query = "list_chats_newer" if newer_than else "list_chats"
        # One more than asked for tells whether there is more.
        chats = [Chat(**row) for row in self._rows(query, limit=limit + 1, **position)]
        page = chats[:limit]
        return Page(page[::-1] if newer_than else page, has_more=len(chats) > limit)

    def get_chat(self, chat_id: UUID) -> Chat | None:
        rows = self._rows("get_chat", chat_id=chat_id)
        return Chat(**rows[0]) if rows else None

    def list_messages(self, chat_id: UUID, limit: int = MESSAGES_LIMIT, *, before: UUID | None = None) -> list[Message]:
        return [Message(**row) for row in self._rows("list_messages", chat_id=chat_id, limit=limit, before_id=before)]

    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[Message]:
        rows = self._rows("list_context", chat_id=chat_id, question_id=question_id, max_chars=max_chars)
        return [Message(**row) for row in rows]

    def start_turn(self, turn: NewTurn) -> Started:
        binds = asdict(turn)
        question = binds.pop("question")
        person = {"email": self._user.email, "name": self._user.name}
        parts = _json([text_part(question)])
        try:
            rows = self._rows("start_turn", content=question, parts=parts, **binds, **person)
        except IntegrityError as error:
            _refuse(error)
        if not rows:
            raise NotFound
        found = rows[0]
        return Started(agent=found["agent"], is_new=found["is_new"], is_new_chat=found["is_new_chat"])

    def finish_turn(self, ending: Ending) -> None:
        binds = asdict(ending)
        del binds["chat_id"], binds["question_id"]
        binds["parts"], binds["usage"] = _json(ending.parts), _json(ending.usage)
        self._rows("finish_turn", **binds)

    def running_turn(self, chat_id: UUID) -> RunningTurn | None:
        rows = self._rows("running_turn", chat_id=chat_id)
        return RunningTurn(**rows[0]) if rows else None

    def delete_chat(self, chat_id: UUID) -> bool:
        return bool(self._rows("delete_chat", chat_id=chat_id))

    def set_generated_title(self, chat_id: UUID, title: str) -> bool:
        return bool(self._rows("set_generated_title", chat_id=chat_id, title=title))

    def _rows(self, query: str, **binds: Any) -> list[Any]:
        return list(self._database.rows(query, user_id=self._user.id, **binds))

    def _position(self, cursor: UUID) -> dict[str, Any]:
        chat = self.get_chat(cursor)
        if chat is None:
            raise BadInput("The cursor is not one of your chats.")
        return {"updated_at": chat.updated_at, "chat_id": chat.id}


class PostgresCaretaker:
    """See `lib.store.store.Caretaker`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, owner: str) -> None:
        self._database.rows("beat", owner=owner)

    def end_dead_turns(self, silent_seconds: float) -> list[UUID]:
        return [row["id"] for row in self._database.rows("end_dead_turns", silent_seconds=silent_seconds)]


def _refuse(error: IntegrityError) -> NoReturn:
    """A constraint's name, not its message, tells which rule was met."""
    cause = error.orig
    if isinstance(cause, psycopg2.Error) and cause.diag.constraint_name == "one_running_turn_a_chat":
        raise ChatBusy from error
    raise error


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
