"""The app's own statements, run by psycopg2 without the rest of the app, as a baseline."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

import psycopg2
from sqlalchemy.dialects.postgresql import psycopg2 as driver

from lib.db.statements import NOBODY, with_user_context

_DIALECT = driver.dialect()  # type: ignore[no-untyped-call]


@contextmanager
def cursor(url: str) -> Iterator[Any]:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as made:
            yield made


@cache
def _statement(query: str) -> str:
    return str(with_user_context(query).compile(dialect=_DIALECT))


def run(made: Any, query: str, **binds: Any) -> list[Any]:
    """The rows of a named query."""
    made.execute(_statement(query), {**NOBODY, **binds})
    rows: list[Any] = made.fetchall()
    return rows
