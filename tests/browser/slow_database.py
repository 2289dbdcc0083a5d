"""A database that takes questions only after a while, or deletes their chat meanwhile."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import UUID

import psycopg2
from psycopg2.extras import register_uuid

from local import environment
from local.postgres.cluster import Cluster
from tests.waiting import until

DELETE_CHAT = """
WITH deleted_chat AS (DELETE FROM chat.chats WHERE id = %(chat_id)s RETURNING id, user_id)
INSERT INTO chat.deleted_chats (id, user_id) SELECT id, user_id FROM deleted_chat
"""
TABLES = "chat.turns, chat.messages, chat.chats"
IS_WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


class SlowDatabase:
    def __init__(self, cluster: Cluster) -> None:
        self._dsn = cluster.admin_dsn(environment.DATABASE)

    @contextmanager
    def hanging(self, tables: str = TABLES) -> Iterator[None]:
        """Each statement about these tables waits for its time-out until the end of the block."""
        with closing(psycopg2.connect(self._dsn)) as admin, admin.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            yield
            admin.rollback()

    @contextmanager
    def slow(self) -> Iterator[None]:
        """No question is taken until the end of the block."""
        with closing(psycopg2.connect(self._dsn)) as admin, admin.cursor() as cursor:
            cursor.execute("LOCK TABLE chat.turns IN SHARE MODE")
            yield
            admin.rollback()

    @contextmanager
    def deleting(self, chat_id: UUID) -> Iterator[None]:
        """Others see the chat until the end of the block. A statement that waits for its row then finds it deleted."""
        with closing(psycopg2.connect(self._dsn)) as admin, admin, admin.cursor() as cursor:
            register_uuid(conn_or_curs=cursor)
            cursor.execute(DELETE_CHAT, {"chat_id": chat_id})
            yield

    def expect_question(self) -> None:
        """Wait until the app has sent a question to the database."""
        until(self._is_waited_for)

    def _is_waited_for(self) -> bool:
        with closing(psycopg2.connect(self._dsn)) as admin, admin.cursor() as cursor:
            cursor.execute(IS_WAITING)
            return cursor.rowcount > 0
