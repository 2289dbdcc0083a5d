"""One engine, and the one place where statements run and driver errors become the app's own."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg2
import psycopg2.extras
from sqlalchemy import Connection, Dialect, Engine, RowMapping, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from lib.config import DatabaseUrl, Lakebase
from lib.db.credentials import Credentials, for_lakebase
from lib.db.deadline import ANSWER_SECONDS, CONNECT_SECONDS, deadline, enforce_deadlines
from lib.db.diagnosis import NotReady, schema_incomplete
from lib.db.failures import (
    AUTHENTICATION_FAILED,
    NO_PRIVILEGE,
    OUTDATED,
    STALE,
    Kind,
    failure_code,
    kind_of,
    statement_failed,
)
from lib.db.grants import diagnose_access
from lib.db.resolve import resolve_host
from lib.db.statements import NOBODY, statement
from lib.db.url import psycopg2_url, tls
from lib.errors import DatabaseUnavailable
from lib.workspace import Workspace

log = logging.getLogger("lakechat.db")
psycopg2.extras.register_uuid()
enforce_deadlines()
Result = TypeVar("Result")
Opener = Callable[[Dialect, Any, dict[str, Any]], Any]

# 0.5 CU of Lakebase takes 104 connections: two processes of this size leave most of them to others.
POOL_SIZE = 10
POOL_OVERFLOW = 10
POOL_WAIT_SECONDS = 3
STATEMENT_SECONDS = 5
CHARS_A_SECOND = 4_000_000
"""An answer of 30 MB is 60 MB of text and JSON to parse, pack and write; one of 2 MB takes a fifth of a second."""
SESSION_SETTINGS = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '3s'; "
    "SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'; "
    # A search for the beginning of a word notes all its places; where they do not fit, it reads whole pages instead.
    "SET work_mem = '64MB'"
)
KEEP_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # What was sent and never acknowledged: keep-alives say nothing while that is so.
    "tcp_user_timeout": round(ANSWER_SECONDS * 1000),
}


class Database:
    """Runs named queries, each in its own transaction and one round trip."""

    def __init__(self, engine: Engine, credentials: Credentials | None = None) -> None:
        self.engine = engine
        self.credentials = credentials
        self.sessions: set[int] = set()
        """The process ids of the server's ends of the connections that are open."""
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "close", self._closed)

    def rows(self, query: str, /, **binds: Any) -> Sequence[RowMapping]:
        """Raises StatementFailed for what is the statement's own fault, and for all else DatabaseUnavailable."""
        more_seconds = _more_seconds(binds)
        return self.run(lambda engine: _execute(engine, query, binds, more_seconds), ANSWER_SECONDS + more_seconds)

    def row(self, query: str, /, **binds: Any) -> RowMapping | None:
        """The first row, or None."""
        rows = self.rows(query, **binds)
        return rows[0] if rows else None

    def run(self, work: Callable[[Engine], Result], seconds: float = ANSWER_SECONDS) -> Result:
        """Let `work` use the engine itself, with the same translation of errors. It may be called twice."""
        try:
            with deadline(seconds):
                return self._run(work)
        except DBAPIError as error:
            # Its cause would be printed with it, and quotes what the user typed.
            raise self._translated(error) from None
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def _run(self, work: Callable[[Engine], Result]) -> Result:
        """Every statement may run twice: ids come from the caller, so a repeat changes nothing."""
        try:
            return work(self.engine)
        except DBAPIError as error:
            code = failure_code(error)
            if code in OUTDATED:
                # After a failover the old primary may live on, and its sessions with it; so may the others in the pool.
                self.reconnect()
            # The connection went stale in the pool or broke under the statement; not so when time ran out.
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
        """Row-level security hides a row, or the role lacks a grant: the code is the same, so the grants are looked at.

        Raises DatabaseUnavailable when they cannot be.
        """
        diagnosis = self.run(diagnose_access)
        return NotReady(diagnosis) if diagnosis else statement_failed(error)

    def _opened(self, connection: Any, record: Any) -> None:
        record.info["session"] = connection.info.backend_pid
        self.sessions.add(connection.info.backend_pid)

    def _closed(self, _connection: Any, record: Any) -> None:
        self.sessions.discard(record.info.get("session"))

    def reconnect(self) -> None:
        """Use no connection again that is open now."""
        self.engine.dispose()

    @property
    def location(self) -> str:
        """Where it is, without how to get in."""
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
    """That a statement may take for the size of what it carries: nothing for most."""
    return sum(len(value) for value in binds.values() if isinstance(value, str)) // CHARS_A_SECOND


def _execute(engine: Engine, query: str, binds: dict[str, Any], more_seconds: int) -> Sequence[RowMapping]:
    with engine.connect() as connection, _allowed(connection, more_seconds):
        result = connection.execute(statement(connection, query), {**NOBODY, **binds})
        return result.mappings().all() if result.returns_rows else []


@contextmanager
def _allowed(connection: Connection, more_seconds: int) -> Iterator[None]:
    """By the server, too."""
    if not more_seconds:
        yield
        return
    connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS + more_seconds}s'")
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # it may have gone
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")


def _unavailable(error: Exception) -> DatabaseUnavailable:
    code = failure_code(error)
    log.warning("The database %s (%s).", "is busy" if kind_of(code) is Kind.BUSY else "cannot be reached", code)
    return DatabaseUnavailable(failure=code)


def connect(where: Lakebase | DatabaseUrl, workspace: Workspace) -> Database:
    """Make the database; nothing is connected until the first statement."""
    if isinstance(where, DatabaseUrl):
        url = psycopg2_url(where.url)
        return Database(_engine(url, _open, **tls(url, where.sslmode)))
    url = URL.create(
        "postgresql+psycopg2", username=where.user, host=where.host, port=where.port, database=where.database
    )
    credentials = for_lakebase(where, workspace)
    opener = _with(credentials)
    return Database(_engine(url, opener, sslmode=where.sslmode, application_name=where.app_name), credentials)


def _with(credentials: Credentials) -> Opener:
    """A refused credential is replaced and the login tried once more: it may have been revoked or just expired."""

    def log_in(dialect: Dialect, args: Any, parameters: dict[str, Any]) -> Any:
        password = credentials.password()
        try:
            return _open(dialect, args, parameters | {"password": password})
        except psycopg2.OperationalError as error:
            if failure_code(error) != AUTHENTICATION_FAILED:
                raise
            credentials.drop(password)
            return _open(dialect, args, parameters | {"password": credentials.password()})

    return log_in


def _open(dialect: Dialect, args: Any, parameters: dict[str, Any]) -> Any:
    return dialect.connect(*args, **parameters | resolve_host(parameters))


def _engine(url: URL, opener: Opener, **connect_args: Any) -> Engine:
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": round(CONNECT_SECONDS),
            "fallback_application_name": "lakechat",
            **KEEP_ALIVE,
            **connect_args,
        },
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        pool_use_lifo=True,
        # Otherwise the text of an error, and so the log, would hold what the user typed.
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def open_connection(dialect: Dialect, _record: Any, args: Any, parameters: dict[str, Any]) -> Any:
        return opener(dialect, args, parameters)

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SESSION_SETTINGS)

    return engine
