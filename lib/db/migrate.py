"""Migrations: numbered SQL files, forward only, applied in one transaction under one advisory lock.

When several processes start together, each waits for the lock inside its transaction. The first one migrates, and the
others then find nothing to do. A failure rolls the whole transaction back, so the schema is never between two versions.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from lib.db.queries import FOLDER

log = logging.getLogger("lakechat.db")
MIGRATIONS = FOLDER / "migrations"
_FILE = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 5_136_007_201_126_041  # any number, the same in every process
# A migration may take much longer than the statements of a page, and so may waiting for another process to migrate:
# rewriting a million messages takes two minutes. Databricks Apps gives an app ten minutes to start.
_TIMEOUTS = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '420s'"
MIGRATE_SECONDS = 500.0
"""A little more than the sum of both timeouts."""
_MIGRATIONS_TABLE = """
CREATE SCHEMA IF NOT EXISTS chat;
CREATE TABLE IF NOT EXISTS chat.schema_migrations (
    version    integer     PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations(folder: Path = MIGRATIONS) -> dict[int, Path]:
    """The files by number, ascending. Raises ValueError for a malformed name or a gap."""
    files = sorted(folder.glob("*.sql"))
    for number, file in enumerate(files, start=1):
        match = _FILE.fullmatch(file.name)
        if match is None or int(match[1]) != number:
            raise ValueError(f"{file.name} must be called {number:04d}_<what_it_does>.sql.")
    return dict(enumerate(files, start=1))


def migrate(engine: Engine, folder: Path = MIGRATIONS) -> list[int]:
    """Apply the missing migrations and return their numbers."""
    with _transaction(engine) as connection:
        missing = _missing(connection, folder)
        for number, file in missing:
            _apply(connection, number, file)
    applied = [number for number, _ in missing]
    log.info("[Chat] Schema initialized%s", f" (applied {applied})" if applied else "")
    return applied


def rehearse(engine: Engine, folder: Path = MIGRATIONS) -> list[tuple[str, float]]:
    """Apply the missing migrations and take them back. Returns the name of each and the seconds that it took."""
    with _transaction(engine) as connection:
        took = [(file.stem, _apply(connection, number, file)) for number, file in _missing(connection, folder)]
        connection.rollback()
    return took


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    """Has the lock; commits at the end."""
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        connection.execute(text(_TIMEOUTS))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if not _has_table(connection):
            connection.execute(text(_MIGRATIONS_TABLE))
        yield connection


def is_behind(engine: Engine, folder: Path = MIGRATIONS) -> bool:
    """Whether migrations are missing."""
    with engine.connect() as connection:
        return bool(_missing(connection, folder))


def version(engine: Engine) -> int:
    """The number of the last migration applied."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT coalesce(max(version), 0) FROM chat.schema_migrations")) or 0)


def _has_table(connection: Connection) -> bool:
    return connection.scalar(text("SELECT to_regclass('chat.schema_migrations')")) is not None


def _missing(connection: Connection, folder: Path) -> list[tuple[int, Path]]:
    query = text("SELECT version FROM chat.schema_migrations")
    applied = set(connection.scalars(query)) if _has_table(connection) else set()
    return [(number, file) for number, file in migrations(folder).items() if number not in applied]


def _apply(connection: Connection, number: int, file: Path) -> float:
    """Returns the seconds that it took."""
    began = time.monotonic()
    script = file.read_text(encoding="utf-8")
    # Without no_parameters, psycopg2 would read a percent sign in the script as a parameter.
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})
    connection.execute(
        text("INSERT INTO chat.schema_migrations (version, name) VALUES (:version, :name)"),
        {"version": number, "name": file.stem},
    )
    return time.monotonic() - began
