"""Finds the privileges that the app's role lacks, and the statements that grant them."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, text

from lib.db.diagnosis import Diagnosis
from lib.db.failures import NO_PRIVILEGE

_STATE = """
SELECT format('%I', current_user) AS role,
       format('%I', current_database()) AS database,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'chat') AS owner
"""
# Objects owned by a role of which the app's role is not a member. The owner of an identity column's sequence is always
# that of its table.
_FOREIGN = """
SELECT format('ALTER SCHEMA %I OWNER TO %I;', nspname, current_user) AS remedy
  FROM pg_namespace
 WHERE nspname = 'chat' AND NOT pg_has_role(nspowner, 'USAGE')
 UNION ALL
SELECT format('ALTER TABLE chat.%I OWNER TO %I;', relname, current_user)
  FROM pg_class
 WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'chat')
   AND relkind IN ('r', 'p', 'v', 'm')
   AND NOT pg_has_role(relowner, 'USAGE')
 UNION ALL
SELECT format('ALTER ROUTINE %s OWNER TO %I;', CAST(pg_proc.oid AS regprocedure), current_user)
  FROM pg_proc
 WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'chat')
   AND NOT pg_has_role(proowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
_LACKS_GRANT = """
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'chat' AND NOT has_schema_privilege(oid, 'USAGE'))
    OR EXISTS (
    SELECT FROM pg_class
     WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'chat')
       AND relkind IN ('r', 'p')
       AND NOT (has_table_privilege(oid, 'SELECT')
                AND (relname = 'schema_migrations'
                     OR (has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE')
                         AND has_table_privilege(oid, 'DELETE')))))
    OR EXISTS (
    SELECT FROM pg_proc
     WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'chat')
       AND NOT has_function_privilege(oid, 'EXECUTE'))
"""


def diagnose_migration(engine: Engine) -> Diagnosis:
    """Why Postgres denied the migrations a privilege."""
    lacking = diagnose_ownership(engine) or diagnose_access(engine)
    return lacking or Diagnosis(NO_PRIVILEGE, "The app's role lacks a privilege in the database.")


def diagnose_ownership(engine: Engine) -> Diagnosis | None:
    """Why the app's role could not make or change the schema; None if nothing keeps it from that."""
    with engine.connect() as connection:
        state = connection.execute(text(_STATE)).mappings().one()
        foreign = _foreign(connection)
    remedy = [] if state["may_create"] else [f"GRANT CREATE ON DATABASE {state['database']} TO {state['role']};"]
    remedy += foreign
    if foreign:
        sentence = f"The schema chat, or a part of it, belongs to the role {state['owner']}, not to the app's role."
    elif remedy:
        sentence = f"The app's role may not create its schema in the database {state['database']}."
    else:
        return None
    return Diagnosis(NO_PRIVILEGE, sentence, tuple(remedy))


def diagnose_access(engine: Engine) -> Diagnosis | None:
    """Which grants the app's role lacks to read and write the existing schema; None if it lacks none."""
    with engine.connect() as connection:
        if not connection.scalar(text(_LACKS_GRANT)):
            return None
        role = connection.scalar(text("SELECT format('%I', current_user)"))
    return Diagnosis(
        NO_PRIVILEGE,
        "The app's role may not read and write all tables of the schema chat.",
        (
            f"GRANT USAGE ON SCHEMA chat TO {role};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA chat TO {role};",
            f"GRANT EXECUTE ON ALL ROUTINES IN SCHEMA chat TO {role};",
        ),
    )


def _foreign(connection: Connection) -> Sequence[str]:
    return connection.scalars(text(_FOREIGN)).all()


def schema_owner(engine: Engine) -> str | None:
    """The role that the schema belongs to; None if there is no schema."""
    with engine.connect() as connection:
        owner: str | None = connection.scalar(
            text("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'chat'")
        )
    return owner
