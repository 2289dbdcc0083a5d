"""Purging the trash and inactive chats of all users; each test runs over Postgres and over memory."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg2
import pytest

from lib.chat.housekeeping import Housekeeping
from lib.db.database import Database
from lib.errors import Gone
from lib.store import edits
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.postgres import PostgresStore
from lib.store.postgres_trash import MAX_MESSAGES_A_BATCH
from lib.store.retention import MemoryRetention, PostgresRetention, Retention
from lib.store.store import Store
from local.postgres import Cluster
from tests.conftest import ANN, BOB
from tests.integration.test_store import answered, new_turn

pytestmark = pytest.mark.on_every_postgres
NOW = datetime.now(UTC)


class World:
    """Ann and Bob, and time that passes as a test likes."""

    def __init__(self, ann: Store, bob: Store, retention: Retention) -> None:
        self.ann, self.bob, self.retention = ann, bob, retention

    def age(self, chat_id: UUID, **fields: datetime) -> None:
        raise NotImplementedError

    def keep_house(self, trash_days: int = 30, archive_days: int = 0, purge_days: int = 0) -> None:
        Housekeeping(
            self.retention,
            lambda: False,
            trash_days=trash_days,
            archive_days=archive_days,
            purge_days=purge_days,
        ).run()


class PostgresWorld(World):
    def __init__(self, database: Database, dsn: str) -> None:
        super().__init__(PostgresStore(database, ANN), PostgresStore(database, BOB), PostgresRetention(database))
        self.dsn = dsn

    def age(self, chat_id: UUID, **fields: datetime) -> None:
        columns = ", ".join(f"{name} = %({name})s" for name in fields)
        with closing(psycopg2.connect(self.dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"UPDATE chat.chats SET {columns} WHERE id = %(id)s", {**fields, "id": str(chat_id)})  # noqa: S608


class MemoryWorld(World):
    def __init__(self, chats: MemoryChats) -> None:
        super().__init__(MemoryStore(chats, ANN), MemoryStore(chats, BOB), MemoryRetention(chats))
        self.chats = chats

    def age(self, chat_id: UUID, **fields: Any) -> None:
        record = self.chats.owned(ANN.id, chat_id) or self.chats.owned(BOB.id, chat_id)
        assert record
        record.chat = replace(record.chat, **fields)


@pytest.fixture(params=["postgres", "memory"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld(MemoryChats())
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        name = request.getfixturevalue("database_name")
        yield PostgresWorld(request.getfixturevalue("database"), cluster.admin_dsn(name))


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def trashed(store: Store) -> set[UUID]:
    return {chat.id for chat in store.list_trashed(100).chats}


def listed(store: Store, *, archived: bool = False) -> set[UUID]:
    return {chat.id for chat in store.list_chats(100, archived=archived).chats}


def test_the_trash_of_all_users_is_purged_when_its_time_is_over(world: World) -> None:
    live, fresh, old, bobs = (
        *(answered(world.ann).chat_id for _ in range(3)),
        answered(world.bob).chat_id,
    )
    for store, chat_id in ((world.ann, fresh), (world.ann, old), (world.bob, bobs)):
        store.trash_chat(chat_id)
    for chat_id, days in ((fresh, 29.9), (old, 30.1), (bobs, 31.0)):
        world.age(chat_id, deleted_at=days_ago(days))
    world.age(live, updated_at=days_ago(400))
    world.keep_house()
    assert (listed(world.ann), trashed(world.ann), trashed(world.bob)) == ({live}, {fresh}, set())
    assert world.ann.was_deleted(old) and world.bob.was_deleted(bobs)
    assert not world.bob.was_deleted(old)
    world.keep_house(trash_days=0)
    assert trashed(world.ann) == set()


def test_inactive_chats_are_purged_unless_they_are_pinned_or_answering(world: World) -> None:
    old, archived, pinned, active = (answered(world.ann).chat_id for _ in range(4))
    world.ann.start_turn(running := new_turn())
    world.ann.edit_chat(archived, edits.archive(True))
    world.ann.edit_chat(pinned, edits.pin(True))
    for chat_id in (old, archived, pinned, running.chat_id):
        world.age(chat_id, updated_at=days_ago(366))
    world.keep_house()
    assert listed(world.ann) == {old, pinned, active, running.chat_id}, "off unless a setting says otherwise"
    world.keep_house(purge_days=365)
    assert listed(world.ann) == {pinned, active, running.chat_id}
    assert listed(world.ann, archived=True) == set()
    assert world.ann.was_deleted(old) and world.ann.was_deleted(archived)


def test_inactive_chats_are_archived_unless_they_are_pinned(world: World) -> None:
    old, pinned, active, trash = (answered(world.ann).chat_id for _ in range(4))
    world.ann.edit_chat(pinned, edits.pin(True))
    world.ann.trash_chat(trash)
    for chat_id in (old, pinned, trash):
        world.age(chat_id, updated_at=days_ago(91))
    world.keep_house(archive_days=90)
    assert (listed(world.ann), listed(world.ann, archived=True)) == ({pinned, active}, {old})
    world.ann.restore_chat(trash)
    assert trash in listed(world.ann)


def test_two_processes_that_purge_at_once_purge_each_chat_once(database: Database, cluster: Cluster) -> None:
    world = PostgresWorld(database, cluster.admin_dsn(database.engine.url.database or ""))
    ids = [answered(world.ann).chat_id for _ in range(20)]
    for chat_id in ids:
        world.ann.trash_chat(chat_id)
        world.age(chat_id, deleted_at=days_ago(31))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(world.retention.purge_trash(30))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.append(world.retention.purge_trash(30))
    assert sum(counts) == 20
    assert trashed(world.ann) == set()


def test_a_chat_that_somebody_holds_is_passed_over_without_waiting(database: Database, cluster: Cluster) -> None:
    world = PostgresWorld(database, cluster.admin_dsn(database.engine.url.database or ""))
    held, free = answered(world.ann).chat_id, answered(world.ann).chat_id
    for chat_id in (held, free):
        world.ann.trash_chat(chat_id)
        world.age(chat_id, deleted_at=days_ago(31))
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM chat.chats WHERE id = %s FOR NO KEY UPDATE", [str(held)])
        assert world.retention.purge_trash(30) == 1
        assert trashed(world.ann) == {held}
        connection.rollback()
    assert world.retention.purge_trash(30) == 1


MANY_MESSAGES = """
WITH said AS MATERIALIZED (SELECT gen_random_uuid() AS id, number FROM generate_series(1, 4500) AS number)
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts)
SELECT said.id, %(id)s, %(user)s, lag(said.id) OVER (ORDER BY said.number), 'user', 'complete', '[]'
  FROM said ORDER BY said.number
"""


def test_a_long_chat_is_purged_in_batches_and_holds_up_no_other(database: Database, cluster: Cluster) -> None:
    world = PostgresWorld(database, cluster.admin_dsn(database.engine.url.database or ""))
    long, other = answered(world.ann).chat_id, answered(world.ann).chat_id
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(MANY_MESSAGES, {"id": str(long), "user": ANN.id})
    for chat_id, days in ((long, 32), (other, 31)):
        world.ann.trash_chat(chat_id)
        world.age(chat_id, deleted_at=days_ago(days))
    assert world.retention.purge_trash(30) == 1 and trashed(world.ann) == {long}
    assert world.retention.shorten_trash(30) == MAX_MESSAGES_A_BATCH
    # What is half gone is gone for its owner, too.
    assert trashed(world.ann) == set() and world.ann.restore_chats([long]) == []
    with pytest.raises(Gone):
        world.ann.restore_chat(long)
    assert [world.retention.purge_trash(30), world.retention.shorten_trash(30)] == [0, MAX_MESSAGES_A_BATCH]
    assert [world.retention.shorten_trash(30), world.retention.purge_trash(30)] == [0, 1]
    assert world.ann.was_deleted(long)


def test_a_long_inactive_chat_is_purged(database: Database, cluster: Cluster) -> None:
    world = PostgresWorld(database, cluster.admin_dsn(database.engine.url.database or ""))
    long = answered(world.ann).chat_id
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(MANY_MESSAGES, {"id": str(long), "user": ANN.id})
    world.age(long, updated_at=days_ago(366))
    for _ in range(2):
        world.keep_house(purge_days=365)
    assert listed(world.ann) == set() and world.ann.was_deleted(long) and world.ann.list_records(long) == []
