"""Migrations on a real server, run as the app runs them: by a role that is no superuser."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from psycopg2 import sql
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.failures import StatementFailed
from lib.db.migrate import _LOCK, MIGRATE_SECONDS, MIGRATIONS, migrate, migrations
from lib.db.schema import Schema
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace
from local.lakebase import bind
from local.postgres import Cluster
from tests.conftest import ROLE, administer

pytestmark = pytest.mark.on_every_postgres
_numbers = count()
ALL = sorted(migrations())


@pytest.fixture
def empty_url(cluster: Cluster) -> str:
    """An empty database, bound to the app's role as Lakebase does it."""
    name = f"empty_{next(_numbers)}"
    bind(cluster, role=ROLE, database=name)
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests' VALID UNTIL 'infinity'").format(sql.Identifier(ROLE)))
    return cluster.dsn(ROLE, "tests", name)


@pytest.fixture
def connected() -> Iterator[Callable[[str], Database]]:
    made: list[Database] = []

    def connect_to(url: str) -> Database:
        made.append(connect(DatabaseUrl(url), Workspace()))
        return made[-1]

    yield connect_to
    for database in made:
        database.dispose()


@pytest.fixture
def empty(empty_url: str, connected: Callable[[str], Database]) -> Database:
    return connected(empty_url)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The records of the database's logger, even if an app that ran earlier has redirected it."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("lakechat.db")
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    yield messages
    log.removeHandler(handler)
    log.setLevel(level)


def value(database: Database, query: str) -> object:
    with database.engine.connect() as connection:
        return connection.scalar(text(query))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The app's own migrations, to which a test may add."""
    for file in MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text())
    return tmp_path


def add(folder: Path, script: str) -> int:
    number = len(ALL) + 1
    (folder / f"{number:04d}_of_a_test.sql").write_text(script)
    return number


def test_these_tests_do_not_run_as_superuser(empty: Database) -> None:
    assert value(empty, "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user") is False


def test_an_empty_database_gets_every_migration_and_a_second_run_none(empty: Database, logged: list[str]) -> None:
    assert empty.run(migrate, MIGRATE_SECONDS) == ALL
    assert empty.run(migrate, MIGRATE_SECONDS) == []
    assert value(empty, "SELECT array_agg(version ORDER BY version) FROM chat.schema_migrations") == ALL
    assert [message.startswith("[Chat] Schema initialized") for message in logged] == [True, True]


QUEUED = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
 WHERE datname = current_database() AND NOT granted
"""


def test_processes_that_start_at_once_create_one_schema(
    empty: Database, empty_url: str, connected: Callable[[str], Database], logged: list[str]
) -> None:
    starters = [connected(empty_url) for _ in range(8)]
    with empty.engine.connect() as holder, ThreadPoolExecutor(len(starters)) as threads:
        # Held until all eight wait for it: without the lock, none would be seen waiting.
        holder.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        starting = [threads.submit(database.run, migrate, MIGRATE_SECONDS) for database in starters]
        deadline = time.monotonic() + 60
        while value(empty, QUEUED) != len(starters) and time.monotonic() < deadline:
            time.sleep(0.01)
        queued = value(empty, QUEUED)
        holder.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        applied = sorted(each.result() for each in starting)
    assert queued == len(starters)
    assert applied == [[]] * 7 + [ALL]
    assert value(empty, "SELECT count(*) FROM chat.schema_migrations") == len(ALL)
    assert len(logged) == 8


SHAPE = """
SELECT array_agg(part ORDER BY part) FROM (
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default, generation_expression)
           AS part
      FROM information_schema.columns WHERE table_schema = 'chat'
     UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'chat'
     UNION ALL
    SELECT concat_ws(' ', tablename, policyname, cmd, qual, with_check) FROM pg_policies WHERE schemaname = 'chat'
     UNION ALL
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = CAST('chat' AS regnamespace)
) AS parts
"""


@pytest.mark.parametrize("version", ALL[:-1])
def test_every_earlier_version_migrates_to_the_same_schema(
    empty: Database, database: Database, tmp_path: Path, version: int
) -> None:
    for number, file in migrations().items():
        if number <= version:
            (tmp_path / file.name).write_text(file.read_text())
    assert empty.run(lambda engine: migrate(engine, tmp_path), MIGRATE_SECONDS) == ALL[:version]
    assert empty.run(migrate, MIGRATE_SECONDS) == ALL[version:]
    assert value(empty, SHAPE) == value(database, SHAPE)


def test_a_schema_newer_than_the_app_is_used_unchanged(empty: Database, folder: Path) -> None:
    newer = add(folder, "CREATE TABLE chat.of_tomorrow (id integer)")
    empty.run(lambda engine: migrate(engine, folder), MIGRATE_SECONDS)
    schema = Schema(empty)
    schema.ensure_ready()
    assert (schema.is_ready, schema.version()) == (True, newer)


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database, folder: Path, logged: list[str]) -> None:
    add(folder, "CREATE TABLE chat.half (id integer); INSERT INTO chat.half VALUES ('no number');")
    with pytest.raises(StatementFailed):
        empty.run(lambda engine: migrate(engine, folder), MIGRATE_SECONDS)
    assert value(empty, "SELECT to_regnamespace('chat')") is None
    assert not any("Schema initialized" in message for message in logged)
    assert empty.run(migrate, MIGRATE_SECONDS) == ALL


def test_a_failed_new_migration_keeps_the_existing_schema(empty: Database, folder: Path) -> None:
    empty.run(migrate, MIGRATE_SECONDS)
    add(folder, "DROP TABLE chat.turns; SELECT 1 / 0;")
    with pytest.raises(DatabaseUnavailable):
        empty.run(lambda engine: migrate(engine, folder), MIGRATE_SECONDS)
    assert value(empty, "SELECT to_regclass('chat.turns')") is not None
    assert value(empty, "SELECT max(version) FROM chat.schema_migrations") == len(ALL)


def test_only_the_new_migration_is_applied_and_its_script_is_taken_literally(empty: Database, folder: Path) -> None:
    empty.run(migrate, MIGRATE_SECONDS)
    number = add(folder, "CREATE TABLE chat.rates (name text DEFAULT '5 % of :x and %s');\n-- 100 %: done")
    assert empty.run(lambda engine: migrate(engine, folder), MIGRATE_SECONDS) == [number]
    assert value(empty, "INSERT INTO chat.rates DEFAULT VALUES RETURNING name") == "5 % of :x and %s"


WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event = 'advisory' AND clock_timestamp() - query_start > interval '1 s'
"""


def test_a_slow_migration_and_processes_waiting_for_it_are_not_cut_by_timeouts(empty: Database, folder: Path) -> None:
    add(folder, "SELECT pg_advisory_xact_lock(1);")
    impatient = create_engine(
        empty.engine.url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=500 -c statement_timeout=500"}
    )
    with empty.engine.connect() as holder, ThreadPoolExecutor(2) as threads:
        holder.execute(text("SELECT pg_advisory_lock(1)"))
        starting = [threads.submit(migrate, impatient, folder) for _ in range(2)]
        deadline = time.monotonic() + 60
        while value(empty, WAITING) != 2 and not any(each.done() for each in starting) and time.monotonic() < deadline:
            time.sleep(0.01)
        holder.execute(text("SELECT pg_advisory_unlock(1)"))
        assert sorted(each.result() for each in starting) == [[], [*ALL, len(ALL) + 1]]


@pytest.mark.parametrize(
    "names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"], ["a.sql"]]
)
def test_migrations_with_wrong_names_or_numbers_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match="must be called"):
        migrations(tmp_path)


def test_the_apps_own_migrations_are_numbered_without_a_gap() -> None:
    assert list(migrations()) == list(range(1, len(ALL) + 1))
