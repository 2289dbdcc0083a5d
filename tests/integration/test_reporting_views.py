"""The views for dashboards and the lakehouse, read by another role than the app's."""

from collections.abc import Iterator
from contextlib import closing
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
        self._dsn = cluster.dsn(ANALYST, "analysts", database_name)

    def may(self, grant: str) -> None:
        """As the app's role, which owns the views."""

        def work(engine: Any) -> None:
            with engine.connect() as connection:
                connection.exec_driver_sql(f'GRANT {grant} TO "{ANALYST}"')

        self._database.run(work)

    def read(self, statement: str) -> list[Any]:
        with closing(psycopg2.connect(self._dsn)) as connection, connection.cursor() as cursor:
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


def test_tables_that_were_granted_stay_empty_also_after_a_view_was_read(analyst: Analyst, ann: PostgresStore) -> None:
    ann.vote(answered(ann).turn_id, True)
    analyst.may("USAGE ON SCHEMA chat")
    analyst.may("SELECT ON ALL TABLES IN SCHEMA chat")
    for table in ("chats", "messages", "votes", "turns", "users", "assessments"):
        assert analyst.read(f"SELECT * FROM chat.{table}") == []  # noqa: S608
        after_view = f"SELECT * FROM chat.{table}, (SELECT count(*) AS votes FROM chat.v_feedback) AS read"  # noqa: S608
        assert analyst.read(after_view) == []
    assert len(analyst.read("SELECT * FROM chat.v_feedback")) == 1
