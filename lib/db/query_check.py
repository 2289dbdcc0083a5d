"""Checks with EXPLAIN, without running a query, that the schema has all objects that the named queries use."""

import psycopg2
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from lib.db.diagnosis import Diagnosis, schema_incomplete
from lib.db.failures import NO_PRIVILEGE, Kind, failure_code, kind_of
from lib.db.queries import queries


def diagnose_queries(engine: Engine) -> Diagnosis | None:
    """The first missing object, as Postgres reports it; None if none is missing.

    The list of applied migrations is not enough: somebody may have dropped an object since.
    """
    explained = text(";\n".join(f"EXPLAIN {query.text}" for query in queries().values()))
    nulls = dict.fromkeys(explained.compile().params)
    try:
        with engine.connect() as connection:
            connection.execute(explained, nulls)
    except DBAPIError as error:
        code = failure_code(error)
        if kind_of(code) is not Kind.NOT_READY or code == NO_PRIVILEGE:
            raise
        message = error.orig.diag.message_primary if isinstance(error.orig, psycopg2.Error) else None
        return schema_incomplete(code, message)
    return None
