"""Statements that meet at the same rows: none waits for a row while it holds what the other one needs next."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from uuid import UUID, uuid4

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from lib.db.database import Database
from lib.store.postgres import PostgresStore
from lib.store.retention import PostgresRetention
from local.postgres import Cluster
from tests.conftest import ANN
from tests.integration.test_store import answered
from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
DELETIONS: dict[str, Callable[[PostgresStore, UUID], object]] = {
    "one": lambda ann, chat_id: ann.delete_chat(chat_id),
    "several": lambda ann, chat_id: bool(ann.delete_chats([chat_id])),
    "all": lambda ann, chat_id: bool(ann.delete_some_chats().chat_ids),
}


@pytest.fixture
def ann(database: Database) -> PostgresStore:
    return PostgresStore(database, ANN)


@pytest.fixture
def admin(cluster: Cluster, database_name: str) -> Iterator[Connection]:
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as made:
        yield made


@contextmanager
def locked_user(admin: Connection) -> Iterator[Cursor]:
    """Hold the lock with which chat.join_users begins."""
    with admin, admin.cursor() as cursor:
        cursor.execute("SELECT FROM chat.users WHERE id = %s FOR UPDATE", (ANN.id,))
        yield cursor


def waiting(cluster: Cluster, database_name: str) -> int:
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as connection, connection.cursor() as cursor:
        cursor.execute(WAITING)
        (count,) = cursor.fetchone() or (0,)
        return int(count)


@pytest.mark.parametrize("deletion", DELETIONS)
def test_a_deletion_waits_for_its_user_before_it_locks_a_chat(
    ann: PostgresStore, admin: Connection, cluster: Cluster, database_name: str, deletion: str
) -> None:
    chat_id = answered(ann).chat_id
    with ThreadPoolExecutor() as pool:
        with locked_user(admin) as cursor:
            deleting = pool.submit(DELETIONS[deletion], ann, chat_id)
            until(lambda: waiting(cluster, database_name))
            # chat.join_users takes the chats next.
            cursor.execute("SELECT FROM chat.chats WHERE id = %s FOR UPDATE NOWAIT", (str(chat_id),))
        assert deleting.result()
    assert ann.get_chat(chat_id) is None and ann.was_deleted(chat_id)


def test_the_purge_passes_over_a_user_who_is_locked(ann: PostgresStore, admin: Connection, database: Database) -> None:
    chat_id = answered(ann).chat_id
    ann.trash_chat(chat_id)
    retention = PostgresRetention(database)
    with locked_user(admin):
        assert retention.purge_trash(0) == 0
    assert retention.purge_trash(0) == 1


def test_two_copies_under_one_id_at_the_same_moment_are_one_copy(
    ann: PostgresStore, admin: Connection, cluster: Cluster, database_name: str
) -> None:
    chat_id, copy_id = answered(ann).chat_id, uuid4()
    with ThreadPoolExecutor() as pool:
        with locked_user(admin):
            copies = [pool.submit(ann.copy_chat, chat_id, copy_id) for _ in range(2)]
            until(lambda: waiting(cluster, database_name) == len(copies))
        assert [copy.result() for copy in copies] == [True, True]
    assert len(ann.list_messages(copy_id)) == 2
