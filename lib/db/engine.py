"""The engine: its pool, the settings of each session, and how a connection logs in.

A connection is made in the thread that needs it, while its statement's deadline runs (`lib.db.deadline`):

1. The pool has one that is idle: it is asked whether it still lives (`pool_pre_ping`) and replaced at once if not.
2. Else, below POOL_SIZE + POOL_OVERFLOW, a new one: resolve the host, take the password of this moment, log in, set
   the session up. A login that is refused drops the credential and is tried once more with a new one, because the
   first may have been revoked or may just have expired. A password only matters here: a session outlives its
   credential.
3. Else wait for POOL_WAIT_SECONDS, which then counts as a busy database and not as one that is away.

The pool's lock is SQLAlchemy's and is not held while a connection is made; the credentials have a lock of their own
(`lib.db.credentials`), and neither is ever taken while the other is held.
"""

from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.extras
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL

from lib.config import DatabaseUrl, Lakebase
from lib.db.credentials import Credentials, for_lakebase
from lib.db.deadline import ANSWER_SECONDS, CONNECT_SECONDS, enforce_deadlines
from lib.db.failures import AUTHENTICATION_FAILED, failure_code
from lib.db.resolve import resolve_host
from lib.db.url import psycopg2_url, tls
from lib.workspace import Workspace

psycopg2.extras.register_uuid()
enforce_deadlines()
Login = Callable[[Dialect, Any, dict[str, Any]], Any]

# 0.5 CU of Lakebase takes 104 connections: two processes of this size leave most of them to others.
POOL_SIZE = 10
POOL_OVERFLOW = 10
POOL_WAIT_SECONDS = 3
STATEMENT_SECONDS = 5
SESSION_SETTINGS = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '3s'; "
    "SET idle_in_transaction_session_timeout = '15s'; SET timezone = 'UTC'; "
    # A prefix search keeps a bitmap of its hits; one that does not fit is kept per page, and every row is rechecked.
    "SET work_mem = '64MB'"
)
KEEP_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Keep-alives are not sent while data is unacknowledged, so that case needs a limit of its own.
    "tcp_user_timeout": round(ANSWER_SECONDS * 1000),
}


def open_engine(where: Lakebase | DatabaseUrl, workspace: Workspace) -> tuple[Engine, Credentials | None]:
    """Nothing is connected until the first statement. A URL has a password of its own and needs no credentials."""
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
        # Otherwise the text of an error, and with it the log, would contain what the user typed.
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def open_connection(dialect: Dialect, _record: Any, args: Any, parameters: dict[str, Any]) -> Any:
        return login(dialect, args, parameters)

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SESSION_SETTINGS)

    return engine
