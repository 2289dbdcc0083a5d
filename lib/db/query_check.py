"""Whether every statement of the app can run in the schema as it is, found out without running any."""

import psycopg2
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from lib.db.diagnosis import Diagnosis, schema_incomplete
from lib.db.failures import NO_PRIVILEGE, Kind, failure_code, kind_of
from lib.db.queries import queries


def diagnose_queries(engine: Engine) -> Diagnosis | None:
    """What the tables, columns and functions lack, in Postgres' own words; None when nothing is missing.

    The list of migrations tells what was made once, not what is there now.
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
