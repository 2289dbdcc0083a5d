"""Stores for any user over the same chats, in Postgres or in memory."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg2

from lib.db.database import Database
from lib.identity import User
from lib.messages.parts import Text
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Message
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from local.postgres import Cluster


class Stores(Protocol):
    """Makes stores for any user over the same chats, and changes them as only a test may."""

    def store(self, user: User) -> Store: ...

    def set_chat(self, chat_id: UUID, **fields: Any) -> None: ...

    def add_system_message(self, chat_id: UUID, said: str) -> None:
        """Append it after the newest message."""

    def open_branch(self, chat_id: UUID, message_id: UUID | None) -> None:
        """Choose the branch that ends with this message."""


class PostgresStores:
    def __init__(self, database: Database, cluster: Cluster) -> None:
        self._database = database
        self._admin_dsn = cluster.admin_dsn(database.engine.url.database or "")

    def store(self, user: User) -> Store:
        return PostgresStore(self._database, user)

    def set_chat(self, chat_id: UUID, **fields: Any) -> None:
        columns = ", ".join(f"{name} = %({name})s" for name in fields)
        self.run(f"UPDATE chat.chats SET {columns} WHERE id = %(chat_id)s", chat_id=chat_id, **fields)  # noqa: S608

    def add_system_message(self, chat_id: UUID, said: str) -> None:
        self.run(
            "INSERT INTO chat.messages (chat_id, user_id, parent_id, role, status, parts, content) "
            "SELECT chat_id, user_id, id, 'system', 'complete', jsonb_build_array("
            "       jsonb_build_object('type', 'text', 'text', CAST(%(said)s AS text))), %(said)s "
            "  FROM chat.messages WHERE chat_id = %(chat_id)s ORDER BY seq DESC LIMIT 1",
            chat_id=chat_id,
            said=said,
        )

    def open_branch(self, chat_id: UUID, message_id: UUID | None) -> None:
        self.set_chat(chat_id, leaf_id=message_id)

    def run(self, statement: str, **binds: Any) -> None:
        with closing(psycopg2.connect(self._admin_dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, binds)


class MemoryStores:
    """A test can change only the chats of `owner`."""

    def __init__(self, owner: User) -> None:
        self._chats = MemoryChats()
        self._owner = owner

    def store(self, user: User) -> Store:
        return MemoryStore(self._chats, user)

    def set_chat(self, chat_id: UUID, **fields: Any) -> None:
        record = self._chats.find(self._owner.id, chat_id)
        assert record
        record.chat = replace(record.chat, **fields)

    def add_system_message(self, chat_id: UUID, said: str) -> None:
        record = self._chats.find(self._owner.id, chat_id)
        assert record
        parent = record.messages[-1].id
        message = Message(uuid4(), chat_id, parent, "system", "complete", [Text(said)], said, datetime.now(UTC))
        record.messages.append(message)

    def open_branch(self, chat_id: UUID, message_id: UUID | None) -> None:
        record = self._chats.find(self._owner.id, chat_id)
        assert record
        record.leaf_id = message_id
