"""Stores a chat that comes from elsewhere in Postgres: one statement for each id that is tried."""

from typing import Any
from uuid import UUID

from lib.db.failures import StatementFailed
from lib.errors import Gone, NotFound
from lib.identity import User
from lib.store.imports import (
    IMPORTED,
    ImportedChat,
    ImportOutcome,
    as_stored,
    binds_of,
    first_possible,
    possible_ids,
    with_id,
)
from lib.store.user_rows import UserRows

TAKEN = frozenset({"chats_pkey", "messages_pkey", "turns_pkey"})
"""The constraints that an id violates if it is used for something else."""


class PostgresImports:
    """The part of `PostgresStore` that an import needs."""

    _person: UserRows
    _user: User

    def import_chat(self, chat: ImportedChat) -> ImportOutcome:
        return _import_chat(self._person, self._user, chat)


def _import_chat(rows: UserRows, user: User, chat: ImportedChat) -> ImportOutcome:
    chat = as_stored(chat)
    ids = possible_ids(chat, rows.user_id)
    binds = {"known_ids": [str(id) for id in ids], "email": user.email, "name": user.name}

    def attempt(named: ImportedChat) -> ImportOutcome | None:
        found = _stored_or_found(rows, binds_of(named), binds)
        if found is None or found["is_new"]:
            return IMPORTED if found else None
        return ImportOutcome("in_trash") if found["is_in_trash"] else _unchanged(rows, chat, found["id"])

    return first_possible(chat, ids, attempt)


def _stored_or_found(rows: UserRows, chat: dict[str, Any], binds: dict[str, Any]) -> Any:
    """The row of the chat; None if an id of it is used for something else."""
    try:
        found = rows.own("import_chat", **chat, **binds)
    except (Gone, NotFound):
        return None
    except StatementFailed as error:
        if error.constraint in TAKEN:
            return None
        raise
    return found[0]


def _unchanged(rows: UserRows, chat: ImportedChat, chat_id: UUID) -> ImportOutcome:
    ids = [str(each.message.id) for each in with_id(chat, chat_id).messages]
    [row] = rows.own("count_messages_of", chat_id=chat_id, message_ids=ids)
    return ImportOutcome("unchanged", len(ids) - row["messages"])
