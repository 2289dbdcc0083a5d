"""Migrations: numbered SQL files, forward only, applied in one transaction under one advisory lock.

Processes that start together queue for the lock inside their transactions; each of the later ones finds nothing left to
do. A failure rolls back the whole transaction, so the schema is always that of one version or the other.
"""

import logging
import re
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from lib.db.queries import FOLDER

log = logging.getLogger("lakechat.db")
MIGRATIONS = FOLDER / "migrations"
_FILE = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 5_136_007_201_126_041  # any number, the same in every process
# Unlike a page's statement, a migration and the wait for another process's may take long: rewriting a million messages
# takes two minutes. Databricks Apps allows ten for a start.
_TIMEOUTS = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '420s'"
MIGRATE_SECONDS = 500.0
"""A little more than both timeouts together."""
_MIGRATIONS_TABLE = """
CREATE SCHEMA IF NOT EXISTS chat;
CREATE TABLE IF NOT EXISTS chat.schema_migrations (
    version    integer     PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations(folder: Path = MIGRATIONS) -> dict[int, Path]:
    """Files by number, ascending. Raises ValueError for a malformed name or a gap."""
    found: dict[int, Path] = {}
    for file in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(file.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"{file.name} must be called {len(found) + 1:04d}_<what_it_does>.sql.")
        found[int(match[1])] = file
    return found


def migrate(engine: Engine, folder: Path = MIGRATIONS) -> list[int]:
    """Apply what is missing and return its numbers."""
    with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        connection.execute(text(_TIMEOUTS))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if not _has_table(connection):
            connection.execute(text(_MIGRATIONS_TABLE))
        applied = [number for number, file in _missing(connection, folder) if _apply(connection, number, file)]
    log.info("[Chat] Schema initialized%s", f" (applied {applied})" if applied else "")
    return applied


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
    done = set(connection.scalars(text("SELECT version FROM chat.schema_migrations"))) if _has_table(connection) else ()
    return [(number, file) for number, file in migrations(folder).items() if number not in done]


def _apply(connection: Connection, number: int, file: Path) -> bool:
    script = file.read_text(encoding="utf-8")
    # Without no_parameters psycopg2 would take a percent sign in a script for a parameter.
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})
    connection.execute(
        text("INSERT INTO chat.schema_migrations (version, name) VALUES (:version, :name)"),
        {"version": number, "name": file.stem},
    )
    return True
