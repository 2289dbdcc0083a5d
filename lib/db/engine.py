"""The engine: its pool, the settings of each session, and how a connection logs in.

A thread that needs a connection gets one as follows, before the deadline of its statement (`lib.db.deadline`):

1. If the pool has an idle connection, the pool pings it (`pool_pre_ping`) and replaces it at once if it is dead.
2. Else, if fewer than POOL_SIZE + POOL_OVERFLOW are open, the thread opens a new one: it resolves the host, gets the
   current password, logs in and applies the session settings. If the login is refused, the credential may have been
   revoked or may just have expired, so the thread drops it and logs in once more with a new one. Only the login needs
   the password: a session outlives its credential.
3. Else the thread waits up to POOL_WAIT_SECONDS. If it gets none, the database counts as busy, not as unreachable.

SQLAlchemy does not hold the pool's lock while a connection is opened. The credentials have a lock of their own
(`lib.db.credentials`), and no thread ever holds both.
"""

from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.extras
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL

from lib.database_settings import DatabaseUrl, Lakebase
from lib.db.credentials import Credentials
from lib.db.deadline import ANSWER_SECONDS, CONNECT_SECONDS, enforce_deadlines
from lib.db.failures import AUTHENTICATION_FAILED, failure_code
from lib.db.minting import for_lakebase
from lib.db.resolve import resolve_host
from lib.db.url import psycopg2_url, tls
from lib.workspace import Workspace

psycopg2.extras.register_uuid()
enforce_deadlines()
Login = Callable[[Dialect, Any, dict[str, Any]], Any]

# A Lakebase of 0.5 CU accepts 104 connections, so two processes of this size leave most of them to others.
POOL_SIZE = 10
POOL_OVERFLOW = 10
POOL_WAIT_SECONDS = 3
STATEMENT_SECONDS = 5
SESSION_SETTINGS = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '3s'; "
    "SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'; "
    # A prefix search builds a bitmap of its hits. If that exceeds work_mem, Postgres stores only the pages and rechecks
    # every row on them.
    "SET work_mem = '64MB'; "
    # No statement runs long enough to be worth compiling, but Postgres takes a search for one and compiles for 100 ms.
    "SET jit = off"
)
KEEP_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # While sent data is unacknowledged, TCP sends no keep-alives, so that case needs this limit.
    "tcp_user_timeout": round(ANSWER_SECONDS * 1000),
}


def open_engine(where: Lakebase | DatabaseUrl, workspace: Workspace) -> tuple[Engine, Credentials | None]:
    """Open no connection yet. The credentials are None for a URL, which has its own password."""
    if isinstance(where, DatabaseUrl):
        url = psycopg2_url(where.url)
        return _engine(url, _log_in, **tls(url, where.sslmode)), None
    url = URL.create(
        "postgresql+psycopg2", username=where.user, host=where.host, port=where.port, database=where.database
    )
    credentials = for_lakebase(where, workspace)
    login = _log_in_with(credentials)
    return _engine(url, login, sslmode=where.sslmode, application_name=where.app_name), credentials


def _log_in_with(credentials: Credentials) -> Login:
    def log_in(dialect: Dialect, args: Any, parameters: dict[str, Any]) -> Any:
        password = credentials.password()
        try:
            return _log_in(dialect, args, parameters | {"password": password})
        except psycopg2.OperationalError as error:
            if failure_code(error) != AUTHENTICATION_FAILED:
                raise
            credentials.drop(password)
            return _log_in(dialect, args, parameters | {"password": credentials.password()})

    return log_in


def _log_in(dialect: Dialect, args: Any, parameters: dict[str, Any]) -> Any:
    return dialect.connect(*args, **parameters | resolve_host(parameters))


def _engine(url: URL, login: Login, **connect_args: Any) -> Engine:
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
        # Otherwise the messages of errors, and so the log, would contain what the user typed.
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def open_connection(dialect: Dialect, _record: Any, args: Any, parameters: dict[str, Any]) -> Any:
        return login(dialect, args, parameters)

    @event.listens_for(engine, "connect")
    def apply_settings(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SESSION_SETTINGS)

    return engine
