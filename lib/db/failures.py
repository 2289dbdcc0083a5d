"""One code for every way a database call fails.

psycopg2 leaves SQLSTATE empty for failures of the connection itself, so the code comes from, in this order:
its `pgcode`, the class of the exception, and what libpq's message says.
"""

import re

import psycopg2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lib.errors import DatabaseUnavailable

POOL_TIMEOUT = "POOL_TIMEOUT"
NO_CREDENTIAL = "NO_CREDENTIAL"
AUTHENTICATION_FAILED = "28P01"
NO_PRIVILEGE = "42501"
STALE = frozenset({"57P01", "ECONNRESET", "POOL_CLOSED"})
"""A connection that broke, which says nothing about the next one."""

_MESSAGES = (
    (r"password authentication failed|no pg_hba\.conf entry|role .* does not exist", AUTHENTICATION_FAILED),
    (r"permission denied for database|not permitted to log in", "28000"),
    (r"database .* does not exist", "3D000"),
    (r"terminating connection", "57P01"),
    (r"starting up|not yet accepting connections|shutting down|in recovery mode", "57P03"),
    (r"too many (connections|clients)|remaining connection slots", "53300"),
    (r"connection already closed|cursor already closed", "POOL_CLOSED"),
    # A compute that sleeps or moves refuses, does not resolve or does not answer: it cannot be connected to now.
    (r"refused|could not translate host name|timeout expired|timed out|No route to host", "57P03"),
)
# 25006: a standby that took over and is not writable yet.
_CONNECTION_CLASSES = ("08", "53300", "57P", "28", "3D000", "25006", "ECONN", "POOL_", NO_CREDENTIAL)
_PASSING = ("40", "55", "57014")


class StatementFailed(Exception):
    """Postgres refused a statement: the SQLSTATE and the constraint that it broke, if it broke one.

    Nothing of the driver's own message, which quotes what was bound.
    """

    def __init__(self, code: str | None, constraint: str | None = None) -> None:
        super().__init__(f"The database refused a statement ({constraint or code or 'no code'}).")
        self.code = code
        self.constraint = constraint


def failure_code(error: BaseException) -> str | None:
    """The SQLSTATE, or ECONNRESET, POOL_CLOSED, POOL_TIMEOUT, NO_CREDENTIAL; None for what is no database failure."""
    if isinstance(error, PoolTimeout):
        return POOL_TIMEOUT
    if isinstance(error, DatabaseUnavailable):
        return error.failure
    if isinstance(error, StatementFailed):
        return error.code
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
    """What may be told of a driver's error."""
    diagnostics = error.orig.diag if isinstance(error.orig, psycopg2.Error) else None
    return StatementFailed(failure_code(error), diagnostics.constraint_name if diagnostics else None)


def is_connection_failure(code: str | None) -> bool:
    """Whether the database could not be reached or would not let us in: the statement itself is not to blame."""
    return code is not None and code.startswith(_CONNECTION_CLASSES)


def is_busy(code: str | None) -> bool:
    """Whether the same call may well succeed later, and says nothing about others: a lock, a deadlock, a time limit."""
    return code is not None and (code == POOL_TIMEOUT or code.startswith(_PASSING))
