"""Chats that an administrator brings for their owners, as often as wanted. Nobody else can: no route leads here.

Unlike a file that its owner imports, such a chat is completed when more has been said where it comes from, and it is
not brought back when its owner has deleted it here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from lib.addresses import folded
from lib.db.database import Database
from lib.db.failures import StatementFailed
from lib.errors import NotFound
from lib.identity import User
from lib.store.imports import ImportedChat, as_stored, possible_ids, rows_of, with_id
from lib.store.postgres import PostgresStore
from lib.store.postgres_imports import TAKEN
from lib.store.user_rows import UserRows

State = Literal["new", "unchanged", "longer", "in_trash", "deleted"]


@dataclass(frozen=True)
class Known:
    """`longer`: `missing` are the messages that the chat lacks here, by the ids that they get here."""

    state: State
    chat_id: UUID | None = None
    missing: Sequence[UUID] = ()


class AdminImports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def owner(self, platform_id: str, address: str | None) -> User:
        """Who somebody is here whom the platform knows by this id. An `address` decides alone.

        Who has not been here yet gets the chats under their address or, without one, under the platform's id. At the
        first sign-in that becomes one person (chat.meet in sql/migrations/0010_people.sql).
        """
        known_by = {"platform_id": None if address else platform_id, "address": folded(address) if address else None}
        row = self._database.row("find_user_id", scope="people", **known_by)
        id = row["user_id"] if row else folded(address) if address else platform_id
        return User(id, address, None, authenticated=False)

    def find(self, owner: User, chat: ImportedChat) -> Known:
        """What the messages of `chat` say is not looked at."""
        rows = self._rows(owner)
        found = rows.own("find_imported", known_ids=[str(id) for id in possible_ids(chat, owner.id)])
        states = {row["state"]: row["id"] for row in found}
        if chat_id := states.get("here"):
            ids = [str(each.message.id) for each in with_id(chat, chat_id).messages]
            missing = [row["id"] for row in rows.own("list_missing_messages", chat_id=chat_id, message_ids=ids)]
            return Known("longer" if missing else "unchanged", chat_id, missing)
        return Known("in_trash" if "in_trash" in states else "deleted" if "deleted" in states else "new")

    def add(self, owner: User, chat: ImportedChat) -> bool:
        """Store a new chat. False if its ids cannot be had."""
        return PostgresStore(self._database, owner).import_chat(chat).kind in ("imported", "unchanged")

    def complete(self, owner: User, chat: ImportedChat, known: Known) -> bool:
        """Add the missing messages. False if an id of theirs is used for something else."""
        assert known.chat_id  # noqa: S101  whoever is `longer` has one
        chat = with_id(as_stored(chat), known.chat_id)
        added = [each for each in chat.messages if each.message.id in known.missing]
        binds = {"messages": rows_of(replace(chat, messages=added)), "updated_at": chat.chat.updated_at}
        try:
            return bool(self._rows(owner).own("add_messages", chat_id=known.chat_id, **binds))
        except NotFound:
            return False
        except StatementFailed as error:
            if error.constraint in TAKEN:
                return False
            raise

    def _rows(self, owner: User) -> UserRows:
        return UserRows(self._database, owner, None)
