"""Whether the schema has all that the named queries use, checked with EXPLAIN and without running any."""

import psycopg2
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from lib.db.diagnosis import Diagnosis, schema_incomplete
from lib.db.failures import NO_PRIVILEGE, Kind, failure_code, kind_of
from lib.db.queries import queries


def diagnose_queries(engine: Engine) -> Diagnosis | None:
    """What is missing, in Postgres' own words; None when nothing is.

    The list of migrations only tells what was created once, not what is still there.
    """
    explained = text(";\n".join(f"EXPLAIN {query.text}" for query in queries().values()))
    nothing = dict.fromkeys(explained.compile().params)
    try:
        with engine.connect() as connection:
            connection.execute(explained, nothing)
    except DBAPIError as error:
        code = failure_code(error)
        if kind_of(code) is not Kind.NOT_READY or code == NO_PRIVILEGE:
            raise
        said = error.orig.diag.message_primary if isinstance(error.orig, psycopg2.Error) else None
        return schema_incomplete(code, said)
    return None
