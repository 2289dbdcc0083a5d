"""The one place where statements run and driver errors become the app's own.

Each named query is one round trip and one transaction of its own (autocommit), so no lock of the database outlives a
call. A failed call is repeated once if its connection went stale in the pool, broke under the statement, or belongs to
a server that is no longer the primary. A repeat is safe: ids come from the caller, so it changes nothing twice. A call
that ran out of time is not repeated. Nothing here sleeps: back-off belongs to the probe (`lib.outage`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from lib.config import DatabaseUrl, Lakebase
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

CHARS_A_SECOND = 4_000_000
"""An answer of 30 MB is 60 MB of text and JSON to parse, pack and write; one of 2 MB takes a fifth of a second."""


class Database:
    """Runs named queries, each in its own transaction and one round trip."""

    def __init__(self, engine: Engine, credentials: Credentials | None = None) -> None:
        self.engine = engine
        self.credentials = credentials
        self.sessions: set[int] = set()
        """The backend process ids (pg_backend_pid) of the open connections."""
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "close", self._closed)

    def rows(self, query: str, /, **binds: Any) -> Sequence[RowMapping]:
        """Raises StatementFailed when the statement itself is at fault, DatabaseUnavailable for everything else."""
        more_seconds = _more_seconds(binds)
        return self.run(lambda engine: _execute(engine, query, binds, more_seconds), ANSWER_SECONDS + more_seconds)

    def row(self, query: str, /, **binds: Any) -> RowMapping | None:
        """The first row, or None."""
        rows = self.rows(query, **binds)
        return rows[0] if rows else None

    def run(self, work: Callable[[Engine], Result], seconds: float = ANSWER_SECONDS) -> Result:
        """Call `work` with the engine and translate its errors in the same way. `work` may be called twice."""
        try:
            with deadline(seconds):
                return self._run(work)
        except DBAPIError as error:
            # The driver's error quotes what the user typed, and would be printed as the cause.
            raise self._translated(error) from None
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def _run(self, work: Callable[[Engine], Result]) -> Result:
        """Run it, and repeat it once where the connection was at fault."""
        try:
            return work(self.engine)
        except DBAPIError as error:
            code = failure_code(error)
            if code in OUTDATED:
                # After a failover the old primary may still answer on its sessions, and the pool may hold more of them.
                self.reconnect()
            # Not when time ran out: then the connection is invalidated too, but its code is no stale one.
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
                return self._refusal(error)
        return _unavailable(error)

    def _refusal(self, error: DBAPIError) -> Exception:
        """Tell a row hidden by row-level security from a missing grant. The code is the same, so ask for the grants.

        Raises DatabaseUnavailable when they cannot be read.
        """
        diagnosis = self.run(diagnose_access)
        return NotReady(diagnosis) if diagnosis else statement_failed(error)

    def _opened(self, connection: Any, record: Any) -> None:
        record.info["session"] = connection.info.backend_pid
        self.sessions.add(connection.info.backend_pid)

    def _closed(self, _connection: Any, record: Any) -> None:
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
    def pool_state(self) -> str:
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return pool.status()
        return f"{pool.checkedout()} in use, {pool.checkedin()} idle, at most {POOL_SIZE + POOL_OVERFLOW}"

    def dispose(self) -> None:
        self.engine.dispose()


def _more_seconds(binds: dict[str, Any]) -> int:
    """The extra time that a statement gets for the size of its values; 0 for most."""
    return sum(len(value) for value in binds.values() if isinstance(value, str)) // CHARS_A_SECOND


def _execute(engine: Engine, query: str, binds: dict[str, Any], more_seconds: int) -> Sequence[RowMapping]:
    with engine.connect() as connection, _longer_timeout(connection, more_seconds):
        result = connection.execute(statement(connection, query), {**NOBODY, **binds})
        return result.mappings().all() if result.returns_rows else []


@contextmanager
def _longer_timeout(connection: Connection, more_seconds: int) -> Iterator[None]:
    """Raise the server's own limit to match."""
    if not more_seconds:
        yield
        return
    connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS + more_seconds}s'")
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
