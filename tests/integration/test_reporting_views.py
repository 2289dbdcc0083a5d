"""The views for dashboards and the lakehouse, read by another role than the app's."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors, sql
from psycopg2.extras import register_uuid

from lib.db.database import Database
from lib.store import edits
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from tests.conftest import ANN, BOB, administer
from tests.integration.test_store import answered

pytestmark = pytest.mark.on_every_postgres
ANALYST = "analyst@example.com"
VIEWS = ("v_feedback", "v_usage", "v_latency")


class Analyst:
    """A role that can sign in, and may do nothing at first."""

    def __init__(self, cluster: Cluster, database: Database, database_name: str) -> None:
        self._database = database
        self.dsn = cluster.dsn(ANALYST, "analysts", database_name)

    def may(self, grant: str) -> None:
        """As the app's role, which owns the views."""

        def work(engine: Any) -> None:
            with engine.connect() as connection:
                connection.exec_driver_sql(f'GRANT {grant} TO "{ANALYST}"')

        self._database.run(work)

    def read(self, statement: str) -> list[Any]:
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            register_uuid(conn_or_curs=connection)
            cursor.execute(statement)
            return cursor.fetchall()


@pytest.fixture
def analyst(cluster: Cluster, database: Database, database_name: str) -> Iterator[Analyst]:
    role = sql.Identifier(ANALYST)
    administer(cluster, sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'analysts'").format(role))
    yield Analyst(cluster, database, database_name)
    administer(cluster, sql.SQL("DROP OWNED BY {}").format(role), database_name)
    administer(cluster, sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
def ann(database: Database) -> PostgresStore:
    return PostgresStore(database, ANN)


def test_a_role_reads_the_views_that_it_was_granted_and_nothing_else(
    analyst: Analyst, ann: PostgresStore, database: Database
) -> None:
    turn = answered(ann, question="How much did Ann earn?", said="Too little")
    ann.vote(turn.turn_id, False, "It is wrong", ["Wrong number"])
    for view in VIEWS:
        with pytest.raises(errors.InsufficientPrivilege):
            analyst.read(f"SELECT * FROM chat.{view}")  # noqa: S608
    analyst.may("USAGE ON SCHEMA chat")
    for view in VIEWS:
        with pytest.raises(errors.InsufficientPrivilege):
            analyst.read(f"SELECT * FROM chat.{view}")  # noqa: S608
    for call in ("chat.all_feedback()", "chat.all_turns('chat.v_usage')", "chat.all_turns('chat.v_latency')"):
        with pytest.raises(errors.InsufficientPrivilege):
            analyst.read(f"SELECT * FROM {call}")  # noqa: S608
    analyst.may("SELECT ON chat.v_feedback")
    columns = "answer_id, agent, is_upvoted, comment, tags, trace_id, question, answer"
    assert analyst.read(f"SELECT {columns} FROM chat.v_feedback") == [  # noqa: S608
        (turn.turn_id, "demo", False, "It is wrong", ["Wrong number"], "tr-1", None, None)
    ]
    for call in ("chat.all_turns('chat.v_usage')", "chat.v_usage"):
        with pytest.raises(errors.InsufficientPrivilege):
            analyst.read(f"SELECT * FROM {call}")  # noqa: S608


def test_the_views_have_usage_and_times_of_every_ended_answer(analyst: Analyst, ann: PostgresStore) -> None:
    turn = answered(ann)
    analyst.may("USAGE ON SCHEMA chat")
    analyst.may("SELECT ON chat.v_usage, chat.v_latency")
    ((id, agent, status, failure),) = analyst.read("SELECT answer_id, agent, status, failure FROM chat.v_usage")
    assert (id, agent, status, failure) == (turn.turn_id, "demo", "complete", None)
    ((duration_ms,),) = analyst.read("SELECT duration_ms FROM chat.v_latency")
    assert duration_ms >= 0


def test_words_are_in_the_views_only_while_their_owner_shares_the_chat(
    analyst: Analyst, ann: PostgresStore, database: Database
) -> None:
    shared, private = answered(ann, question="Shared?", said="Yes"), answered(ann, question="Private?", said="No")
    for turn in (shared, private):
        ann.vote(turn.turn_id, True)
    ann.edit_chat(shared.chat_id, edits.set_visibility("public"))
    PostgresStore(database, BOB).vote(shared.turn_id, False, "Why?")
    analyst.may("USAGE ON SCHEMA chat")
    analyst.may("SELECT ON chat.v_feedback")
    words = "SELECT DISTINCT question, answer FROM chat.v_feedback ORDER BY 1"
    assert analyst.read(words) == [("Shared?", "Yes"), (None, None)]
    assert analyst.read("SELECT comment FROM chat.v_feedback WHERE NOT is_upvoted") == [("Why?",)]
    ann.edit_chat(shared.chat_id, edits.set_visibility("private"))
    assert analyst.read(words) == [(None, None)]
    ann.trash_chat(shared.chat_id)
    assert analyst.read("SELECT count(*) FROM chat.v_feedback") == [(1,)]


def test_tables_that_were_granted_cannot_be_read(analyst: Analyst, ann: PostgresStore) -> None:
    ann.vote(answered(ann).turn_id, True)
    analyst.may("USAGE ON SCHEMA chat")
    analyst.may("SELECT ON ALL TABLES IN SCHEMA chat")
    for table in ("chats", "messages", "votes", "turns", "users", "assessments"):
        for scope in ("own", "people"):
            with pytest.raises(errors.InsufficientPrivilege):
                analyst.read(f"SELECT set_config('chat.scope', '{scope}', false); SELECT * FROM chat.{table}")  # noqa: S608
    assert len(analyst.read("SELECT * FROM chat.v_feedback")) == 1


# A type of the analyst's own under the name of one of Postgres', whose check runs wherever a function means that type.
TRAP = """
CREATE TEMP TABLE loot (words pg_catalog.text);
GRANT ALL ON loot TO PUBLIC;
CREATE FUNCTION pg_temp.steal(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> session_user THEN
        PERFORM set_config('chat.scope', 'people', true);
        INSERT INTO pg_temp.loot SELECT content FROM chat.messages;
    END IF;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION pg_temp.steal(pg_catalog.text) TO PUBLIC;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.steal(VALUE));
GRANT USAGE ON DOMAIN pg_temp.text TO PUBLIC;
"""


@pytest.mark.parametrize("granted", [None, "v_latency", "v_usage, chat.v_feedback"])
def test_no_trap_in_a_session_makes_the_app_give_more_than_was_granted(
    analyst: Analyst, ann: PostgresStore, granted: str | None
) -> None:
    ann.vote(answered(ann, question="Secret?").turn_id, True)
    analyst.may("USAGE ON SCHEMA chat")
    if granted:
        analyst.may(f"SELECT ON chat.{granted}")
    with closing(psycopg2.connect(analyst.dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(TRAP)
        # Some of these would be prepared with the trap, if they could be called.
        calls = ("chat.searched()", "chat.is_me('')", "chat.check_reader('chat.v_usage')", "chat.shared_leaf(NULL)")
        for call in (
            *calls,
            "chat.all_feedback()",
            "chat.all_turns('chat.v_usage')",
            "chat.all_turns('chat.v_latency')",
        ):
            with suppress(errors.InsufficientPrivilege):
                cursor.execute(f"SELECT * FROM {call}")  # noqa: S608
        cursor.execute("SELECT * FROM loot")
        assert cursor.fetchall() == []


def test_a_view_gives_nothing_of_the_columns_of_another(analyst: Analyst, ann: PostgresStore) -> None:
    answered(ann)
    analyst.may("USAGE ON SCHEMA chat")
    analyst.may("SELECT ON chat.v_latency")
    only = "asked_as, failure, usage"
    assert analyst.read(f"SELECT {only} FROM chat.all_turns('chat.v_latency')") == [(None, None, None)]  # noqa: S608


def test_no_function_of_the_schema_is_for_everybody_but_those_that_check_their_caller(database: Database) -> None:
    def work(engine: Any) -> set[str]:
        with engine.connect() as connection:
            return set(connection.exec_driver_sql(FOR_EVERYBODY).scalars())

    assert database.run(work) == {"all_feedback", "all_turns"}


# Without its own list of privileges a function is for everybody. Those of extensions are Postgres' own business.
FOR_EVERYBODY = """
SELECT proname FROM pg_proc
 WHERE pronamespace = CAST('chat' AS regnamespace)
   AND has_function_privilege('public', oid, 'EXECUTE')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""
