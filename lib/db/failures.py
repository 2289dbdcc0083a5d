"""Gives every failure of a database call a code, and every code a kind.

The code is the SQLSTATE if there is one. For failures of the connection itself psycopg2 has none; then the code is
found in libpq's message, or else by the class of the exception.
"""

import re
from enum import Enum

import psycopg2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lib.errors import DatabaseUnavailable, NotTaken

POOL_TIMEOUT = "POOL_TIMEOUT"
NO_CREDENTIAL = "NO_CREDENTIAL"
ENDPOINT_NOT_FOUND = "ENDPOINT_NOT_FOUND"
ENDPOINT_NOT_ALLOWED = "ENDPOINT_NOT_ALLOWED"
ENDPOINT_TOO_MANY = "ENDPOINT_TOO_MANY"
AUTHENTICATION_FAILED = "28P01"
NO_PRIVILEGE = "42501"
READ_ONLY = "25006"
STALE = frozenset({"57P01", "ECONNRESET", "POOL_CLOSED"})
"""This connection broke; a new one may work."""
OUTDATED = frozenset({READ_ONLY, "0A000", "26000"})
"""The session is outdated: its server is no longer the primary, or a table has changed since its plans were made."""

_MESSAGES = (
    (r"password authentication failed|no pg_hba\.conf entry|role .* does not exist", AUTHENTICATION_FAILED),
    (r"permission denied for database|not permitted to log in", "28000"),
    (r"database .* does not exist", "3D000"),
    (r"terminating connection", "57P01"),
    (r"starting up|not yet accepting connections|shutting down|in recovery mode", "57P03"),
    (r"too many (connections|clients)|remaining connection slots", "53300"),
    (r"connection already closed|cursor already closed", "POOL_CLOSED"),
    # While a Lakebase compute sleeps or moves, its host refuses connections, does not resolve, or does not answer.
    (r"refused|could not translate host name|timeout expired|timed out|No route to host", "57P03"),
)


class Kind(Enum):
    """What a failure means for this call and the next ones."""

    AWAY = "the database cannot be reached, or refuses the app's connections or writes at the moment"
    NOT_READY = "the database answers, but lacks a grant, the schema or a part of it"
    OWN = "the statement is at fault and would fail again"
    BUSY = "the failure is temporary and concerns this call only"


# The first match counts, so a full code comes before its class. An unlisted code means BUSY, because a write that fails
# as BUSY is saved and tried again: a user must not lose what they wrote to an unforeseen code.
_KINDS = (
    (("08", "28", "3D000", "53300", "57P", READ_ONLY, "ECONN", "POOL_CLOSED"), Kind.AWAY),
    ((NO_CREDENTIAL, ENDPOINT_NOT_FOUND, ENDPOINT_NOT_ALLOWED, ENDPOINT_TOO_MANY), Kind.AWAY),
    (("22", "23"), Kind.OWN),
    # A missing schema, table, column, function, other object, or unique key for ON CONFLICT.
    ((NO_PRIVILEGE, "3F000", "42P01", "42703", "42883", "42704", "42P10"), Kind.NOT_READY),
)


class StatementFailed(NotTaken):
    """Postgres refused a statement because of its values. `constraint` is the one that was violated, if any.

    The driver's message is left out because it quotes the values.
    """

    def __init__(self, sqlstate: str | None, constraint: str | None = None) -> None:
        super().__init__()
        self.sqlstate = sqlstate
        self.constraint = constraint

    def __repr__(self) -> str:
        return f"StatementFailed({self.sqlstate}, {self.constraint})"


def failure_code(error: BaseException) -> str | None:
    """The SQLSTATE, or one of the app's own codes; None if the database is not at fault."""
    if isinstance(error, PoolTimeout):
        return POOL_TIMEOUT
    if isinstance(error, DatabaseUnavailable):
        return error.failure
    if isinstance(error, StatementFailed):
        return error.sqlstate
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg2.Error):
        return None
    if cause.pgcode:
        return str(cause.pgcode)
    return _code_of_message(str(cause), cause)


def _code_of_message(message: str, cause: psycopg2.Error) -> str | None:
    for pattern, code in _MESSAGES:
        if re.search(pattern, message):
            return code
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError):
        return "ECONNRESET"
    return None


def statement_failed(error: DBAPIError) -> StatementFailed:
    """The parts of the driver's error that quote nothing."""
    diagnostics = error.orig.diag if isinstance(error.orig, psycopg2.Error) else None
    return StatementFailed(failure_code(error), diagnostics.constraint_name if diagnostics else None)


def kind_of(code: str | None) -> Kind:
    """The kind of an SQLSTATE or of one of our own codes. BUSY for None."""
    return next((kind for codes, kind in _KINDS if code and code.startswith(codes)), Kind.BUSY)
