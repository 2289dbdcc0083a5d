"""Runs all SQL statements and translates the driver's errors to the app's own.

Each named query is one round trip and one transaction of its own (autocommit), so no lock in Postgres outlives a call.

A failed call is repeated once if its connection was stale, broke during the statement, or belongs to a server that is
no longer the primary. Repeating is safe because the callers choose all ids, so a statement that runs twice changes
nothing the second time. A call that timed out is not repeated. This module never sleeps: only the probe of `lib.outage`
backs off and tries again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, Engine, RowMapping, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from lib.database_settings import DatabaseUrl, Lakebase
from lib.db.credentials import Credentials
from lib.db.deadline import ANSWER_SECONDS, deadline
from lib.db.diagnosis import NotReady, schema_incomplete
from lib.db.engine import POOL_OVERFLOW, POOL_SIZE, STATEMENT_SECONDS, open_engine
from lib.db.failures import (
    NO_PRIVILEGE,
    OUTDATED,
    STALE,
    Kind,
    failure_code,
    kind_of,
    statement_failed,
)
from lib.db.grants import diagnose_access
from lib.db.statements import NOBODY, statement
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace

log = logging.getLogger("lakechat.db")
Result = TypeVar("Result")

WHOLE_FILES = frozenset({"add_file", "read_file"})
"""Their connections are closed afterwards: libpq never gives back the memory that a value of 10 MB has taken."""
MORE_SECONDS = {"copy_chat": 20, "count_day": 55}
"""A copied chat may have hundreds of megabytes of files; 200 take one to five seconds. A day may have a million
questions, and nobody waits until they are counted."""
CHARS_PER_SECOND = 4_000_000
"""A statement gets one more second for this many characters. Storing an answer of 2 MB takes a fifth of a second; one
of 30 MB is 60 MB of text and JSON to parse, compress and write."""


class PoolCounts(NamedTuple):
    """Of connections: in use, idle, and how many there may be in all."""

    used: int
    idle: int
    most: int


class Database:
    """Runs named queries on one engine."""

    def __init__(self, engine: Engine, credentials: Credentials | None = None) -> None:
        self.engine = engine
        self.credentials = credentials
        self.sessions: set[int] = set()
        """The backend process ids (pg_backend_pid) of the open connections."""
        event.listen(engine, "connect", self._add_session)
        event.listen(engine, "close", self._remove_session)

    def rows(self, query: str, /, **binds: Any) -> Sequence[RowMapping]:
        """Raises StatementFailed if a value or the statement is at fault, else DatabaseUnavailable."""
        extra_seconds = MORE_SECONDS.get(query, 0) + _extra_seconds(binds)
        return self.run(lambda engine: _execute(engine, query, binds, extra_seconds), ANSWER_SECONDS + extra_seconds)

    def row(self, query: str, /, **binds: Any) -> RowMapping | None:
        """The first row, or None."""
        rows = self.rows(query, **binds)
        return rows[0] if rows else None

    def run(self, work: Callable[[Engine], Result], seconds: float = ANSWER_SECONDS) -> Result:
        """Call `work` with the engine and translate its errors as `rows` does. `work` may be called twice."""
        try:
            with deadline(seconds):
                return self._run(work)
        except DBAPIError as error:
            # `from None`, because the driver's error quotes what the user typed and a log would print it as the cause.
            raise self._translated(error) from None
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def _run(self, work: Callable[[Engine], Result]) -> Result:
        """Call `work`, and call it once more if the connection was at fault."""
        try:
            return work(self.engine)
        except DBAPIError as error:
            code = failure_code(error)
            if code in OUTDATED:
                # After a failover the old primary may still answer, and the pool may have more connections to it.
                self.reconnect()
            # A timeout invalidates the connection too, but its code is not in STALE, so it is not repeated.
            elif not error.connection_invalidated or code not in STALE:
                raise
            return work(self.engine)

    def _translated(self, error: DBAPIError) -> Exception:
        code = failure_code(error)
        match kind_of(code):
            case Kind.OWN:
                return statement_failed(error)
            case Kind.NOT_READY if code != NO_PRIVILEGE:
                log.error("The database lacks something that the app needs (%s).", code)
                return NotReady(schema_incomplete(code))
            case Kind.NOT_READY:
                return self._explain_denial(error)
        return _unavailable(error)

    def _explain_denial(self, error: DBAPIError) -> Exception:
        """NotReady if a grant is missing, else StatementFailed: row-level security refused the row.

        Postgres reports both with the same code, so the grants are read. Raises DatabaseUnavailable if that fails.
        """
        diagnosis = self.run(diagnose_access)
        return NotReady(diagnosis) if diagnosis else statement_failed(error)

    def _add_session(self, connection: Any, record: Any) -> None:
        record.info["session"] = connection.info.backend_pid
        self.sessions.add(connection.info.backend_pid)

    def _remove_session(self, _connection: Any, record: Any) -> None:
        self.sessions.discard(record.info.get("session"))

    def reconnect(self) -> None:
        """Close every connection that is open now; the next statements make new ones."""
        self.engine.dispose()

    @property
    def location(self) -> str:
        """Host, port, database and role, without a password."""
        url = self.engine.url
        return f"{url.host}:{url.port or 5432}/{url.database} as {url.username}"

    @property
    def pool_counts(self) -> PoolCounts:
        pool = cast(QueuePool, self.engine.pool)  # which `create_engine` makes for Postgres
        return PoolCounts(pool.checkedout(), pool.checkedin(), POOL_SIZE + POOL_OVERFLOW)

    @property
    def pool_state(self) -> str:
        counts = self.pool_counts
        return f"{counts.used} in use, {counts.idle} idle, at most {counts.most}"

    def dispose(self) -> None:
        self.engine.dispose()


def _extra_seconds(binds: dict[str, Any]) -> int:
    """The time that a statement gets for large values on top of the usual limit; mostly 0."""
    return sum(len(value) for value in binds.values() if isinstance(value, str | bytes)) // CHARS_PER_SECOND


def _execute(engine: Engine, query: str, binds: dict[str, Any], extra_seconds: int) -> Sequence[RowMapping]:
    with engine.connect() as connection:
        with _longer_timeout(connection, extra_seconds):
            result = connection.execute(statement(connection, query), {**NOBODY, **binds})
            rows = result.mappings().all() if result.returns_rows else []
        if query in WHOLE_FILES:
            connection.invalidate()
        return rows


@contextmanager
def _longer_timeout(connection: Connection, extra_seconds: int) -> Iterator[None]:
    """Raise the server's statement_timeout by as much as the deadline of this process."""
    if not extra_seconds:
        yield
        return
    connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS + extra_seconds}s'")
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # the connection may be gone
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")


def _unavailable(error: Exception) -> DatabaseUnavailable:
    code = failure_code(error)
    log.warning("The database %s (%s).", "is busy" if kind_of(code) is Kind.BUSY else "cannot be reached", code)
    return DatabaseUnavailable(failure=code)


def connect(where: Lakebase | DatabaseUrl, workspace: Workspace) -> Database:
    """Nothing is connected until the first statement."""
    return Database(*open_engine(where, workspace))
