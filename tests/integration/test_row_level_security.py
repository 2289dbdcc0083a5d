"""The second wall: queries that forget their owner, run as the app's own role, find and change nothing of others."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
from sqlalchemy import text

from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.failures import StatementFailed
from lib.db.queries import queries
from lib.db.statements import NOBODY, SET_USER_CONTEXT
from lib.store import edits
from lib.store.models import NewTurn
from lib.store.postgres import PostgresStore
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from lib.store.user_ids import PostgresUserIds
from lib.tables.charts import Chart
from lib.workspace import Workspace
from local.postgres import Cluster
from tests.conftest import ANN, BOB, clone_database, url_of
from tests.integration.test_store import answered, new_turn

pytestmark = pytest.mark.on_every_postgres
SAID = "what-ann-said-7351"
WORDS = "'ann' & 'said'"
TABLES = (
    *("users", "chats", "messages", "turns", "turn_log", "votes", "charts"),
    *("deleted_chats", "moves", "identities", "files", "assessments", "instructions", "daily_counts", "summaries"),
)
LONG_AGO, TO_COME = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
OF_THE_PROCESS = {"turns", "turn_log", "assessments"}
OWNER = re.compile(r"\w+\.user_id = (:user_id|EXCLUDED\.user_id|ANY \(ARRAY\[:user_id\]\))")


@pytest.fixture
def turn(database: Database) -> NewTurn:
    return running_turn(database)


@dataclass(frozen=True)
class Filled:
    database: Database
    name: str
    turn: NewTurn


@pytest.fixture(scope="module")
def filled(cluster: Cluster, template: str) -> Iterator[Filled]:
    """One database for many tests, none of which changes anything of Ann's."""
    name = "walls"
    clone_database(cluster, template, name)
    database = connect(DatabaseUrl(url_of(cluster, name)), Workspace())
    yield Filled(database, name, running_turn(database))
    database.dispose()


def running_turn(database: Database) -> NewTurn:
    """Of Ann's, after one that has ended; she has voted, chosen a chart, and shares nothing."""
    ann = PostgresStore(database, ANN)
    first = answered(ann, said=SAID)
    assert ann.vote(first.turn_id, True, SAID)
    assert ann.keep_chart(first.chat_id, first.turn_id, Chart("bar", SAID, "y"))
    assert ann.save_instructions(SAID) == SAID
    assert ann.save_context_summary(first.chat_id, first.turn_id, SAID)
    attachment = ann.add_file(uuid4(), SAID, "text/plain", SAID.encode())
    ann.start_turn(running := new_turn(first.chat_id, SAID, attachments=[attachment]))
    assert ann.delete_chat(answered(ann).chat_id)
    PostgresTurnRegistry(database).write_log("me", [LogRow(running.turn_id, 1, [f'"{SAID}"'])])
    bob = PostgresStore(database, BOB)
    bobs = answered(bob, question="Bob's own")
    assert bob.save_context_summary(bobs.chat_id, bobs.turn_id, "Bob's own")
    bob.add_file(uuid4(), "Bob's own", "text/plain", b"Bob's own")
    for who in (ANN, BOB):
        PostgresUserIds(database).id_of(replace(who, platform_id=f"platform-{who.id}"))
        count = "INSERT INTO chat.daily_counts VALUES (:user_id, '2026-01-01', :said, 'questions', '', 1)"
        run(database, count, user_id=who.id, said=SAID if who is ANN else "Bob's own")
    return running


def run(database: Database, statement: str, /, **binds: Any) -> list[Any]:
    """As the app runs its named queries, only that this one is not among them."""

    def work(engine: Any) -> list[Any]:
        with engine.connect() as connection:
            result = connection.execute(text(f"{SET_USER_CONTEXT}; {statement}"), {**NOBODY, **binds})
            return list(result.all()) if result.returns_rows else [result.rowcount]

    return database.run(work)


def everything(cluster: Cluster, database_name: str) -> dict[str, list[Any]]:
    """What is in the tables, as only the server's superuser sees it; without what Bob has of his own."""
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as connection, connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT CAST(t AS text) FROM chat.{table} AS t ORDER BY 1")  # noqa: S608
            found[table] = [row for (row,) in cursor.fetchall() if BOB.id not in row]
        return found


def test_every_table_has_row_level_security_that_binds_its_owner_too(database: Database) -> None:
    found = run(
        database,
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relnamespace = CAST('chat' AS regnamespace) AND relkind IN ('r', 'p')",
    )
    assert {name: walled for name, walled in found} == {
        **dict.fromkeys(TABLES, True),
        "volume_removals": True,
        "counted_days": False,
        "schema_migrations": False,
        "search_index": False,
    }
    (attributes,) = run(database, "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert tuple(attributes) == (False, False)


@pytest.mark.parametrize("table", TABLES)
def test_a_statement_without_a_user_sees_no_rows(database: Database, turn: NewTurn, table: str) -> None:
    for binds in ({}, {"scope": "shared"}, {"scope": "own"}, {"scope": "anything"}):
        assert run(database, f"SELECT count(*) FROM chat.{table}", **binds) == [(0,)]  # noqa: S608
    with database.engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM chat.{table}")) == 0  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_a_query_without_an_owner_condition_finds_only_the_users_rows(
    database: Database, turn: NewTurn, table: str
) -> None:
    rows = [str(row) for row in run(database, f"SELECT * FROM chat.{table}", user_id=ANN.id)]  # noqa: S608
    theirs = [str(row) for row in run(database, f"SELECT * FROM chat.{table}", user_id=BOB.id)]  # noqa: S608
    assert rows
    assert set(rows).isdisjoint(theirs)
    assert not any(SAID in row or ANN.id in row for row in theirs)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("scope", ["own", "shared"])
def test_a_change_without_an_owner_condition_leaves_rows_of_others_unchanged(
    cluster: Cluster, database: Database, database_name: str, turn: NewTurn, table: str, scope: str
) -> None:
    PostgresStore(database, ANN).edit_chat(turn.chat_id, edits.set_visibility("public"))
    before = everything(cluster, database_name)
    column = {"users": "name = 'x'", "chats": "title = 'x'", "turn_log": "chunks = 'x'"}.get(table, "user_id = user_id")
    run(database, f"UPDATE chat.{table} SET {column}", user_id=BOB.id, scope=scope)  # noqa: S608
    run(database, f"DELETE FROM chat.{table}", user_id=BOB.id, scope=scope)  # noqa: S608
    assert everything(cluster, database_name) == before


@pytest.mark.parametrize("scope", ["own", "shared", "process"])
def test_no_user_can_write_rows_of_another(database: Database, turn: NewTurn, scope: str) -> None:
    for statement in (
        "INSERT INTO chat.chats (user_id) VALUES (:ann)",
        "INSERT INTO chat.messages (chat_id, user_id, role, status) VALUES (:chat_id, :ann, 'user', 'complete')",
        "INSERT INTO chat.votes VALUES (:chat_id, :turn_id, :ann, true)",
        "INSERT INTO chat.charts VALUES (:turn_id, :ann, '{}')",
        "INSERT INTO chat.daily_counts VALUES (:ann, '2026-01-01', 'x', 'questions', '', 1)",
        "INSERT INTO chat.assessments (message_id, chat_id, user_id, trace_id, source_id) "
        "VALUES (:turn_id, :chat_id, :ann, 'x', 'x')",
        "INSERT INTO chat.instructions VALUES (:ann, 'x')",
        "INSERT INTO chat.summaries VALUES (:turn_id, :chat_id, :ann, 'x')",
        "UPDATE chat.chats SET user_id = :ann",
        "INSERT INTO chat.users (id) VALUES (:ann) ON CONFLICT (id) DO UPDATE SET name = 'x'",
    ):
        if scope == "process" and ("UPDATE chat" in statement or "chat.assessments" in statement):
            continue  # it sees no chat to change, and changes the assessments of everybody
        with pytest.raises(StatementFailed) as refused:
            ids = {"chat_id": turn.chat_id, "turn_id": turn.turn_id}
            run(database, statement, user_id=BOB.id if scope != "process" else "", scope=scope, ann=ANN.id, **ids)
        assert refused.value.sqlstate == "42501"


@pytest.mark.parametrize("table", TABLES)
def test_the_process_scope_sees_turns_their_log_and_assessments_but_no_messages(
    database: Database, turn: NewTurn, table: str
) -> None:
    found = run(database, f"SELECT count(*) FROM chat.{table}", scope="process")  # noqa: S608
    assert (found != [(0,)]) == (table in OF_THE_PROCESS)


@pytest.mark.parametrize("table", TABLES)
def test_the_scope_of_deleted_chats_shows_their_ids_and_nothing_else(
    database: Database, turn: NewTurn, table: str
) -> None:
    found = run(database, f"SELECT count(*) FROM chat.{table}", scope="deleted")  # noqa: S608
    assert (found != [(0,)]) == (table == "deleted_chats")


def test_public_chats_are_visible_only_in_the_shared_scope(database: Database, turn: NewTurn) -> None:
    private = answered(PostgresStore(database, ANN))
    PostgresStore(database, ANN).edit_chat(turn.chat_id, edits.set_visibility("public"))
    for table in TABLES:
        own = run(database, f"SELECT * FROM chat.{table}", user_id=BOB.id)  # noqa: S608
        assert SAID not in str(own) and ANN.id not in str(own)
    chats = run(database, "SELECT id FROM chat.chats", user_id=BOB.id, scope="shared")
    assert turn.chat_id in {row.id for row in chats} and private.chat_id not in {row.id for row in chats}
    messages = run(database, "SELECT chat_id, content FROM chat.messages", user_id=BOB.id, scope="shared")
    assert SAID in {row.content for row in messages} and private.chat_id not in {row.chat_id for row in messages}
    assert run(database, "SELECT FROM chat.votes", user_id=BOB.id, scope="shared") == []


def without_owner_condition(name: str) -> str:
    """A named query of the app without any condition on the owner."""
    return OWNER.sub("true", queries()[name].text)


def binds_for(turn: NewTurn) -> dict[str, Any]:
    """What any query may ask for, all of it Ann's."""
    return {
        **{"chat_id": turn.chat_id, "turn_id": turn.turn_id, "question_id": turn.question_id},
        **{"message_id": turn.question_id, "new_chat_id": uuid4(), "cursor": None, "before_id": None},
        **{
            "limit": 50,
            "archived": False,
            "newer": False,
            "pinned": True,
            "visibility": "public",
            "snapshot_id": None,
            "title": "x",
            "max_chars": 9_999,
        },
        **{
            "words": WORDS,
            "finished": WORDS,
            "unfinished": WORDS,
            "asked": SAID,
            "lenient": True,
            "depth": 100,
            "after": 0,
            "is_upvoted": False,
            "comment": "x",
            "tags": "[]",
            "chart": "{}",
        },
        **{"email": "x", "name": "x", "content": "x", "parts": "[]", "agent": "x", "owner": "x", "trace_id": None},
        **{
            "status": "complete",
            "usage": "{}",
            "model": "x",
            "failure": "x",
            "first_event_ms": 1,
            "asked_as": "app",
            "attachments": "[]",
        },
        **{"follows": None, "is_beginning": False, "other_agent": None, "until": None},
        **{"after_at": None, "max_messages": 100, "with_long": True},
        **{"before": None, "each_once": True, "chat_ids": str(turn.chat_id)},
        **{"said_at": None, "ended_at": None, "model": "x", "failure": "x"},
        **{"as_of": LONG_AGO, "place": TO_COME, "after_id": UUID(int=0), "max_bytes": 9_999},
        **{"ascending": False, "shared": False, "running": False, "waiting": False, "since": None},
        **{
            "known_ids": "[]",
            "message_ids": "[]",
            "messages": "[]",
            "title_source": "user",
            "leaf_id": turn.question_id,
        },
        **{
            "file_id": turn.attachments[0]["id"],
            "file_ids": turn.attachments[0]["id"],
            "content_type": "x",
            "size_bytes": 1,
        },
        **{"volume_path": None, "person": "x", "days": 3650, "offset": 0, "only_down": False},
        **{"tool": '{"name": "x"}', "is_allowed": True, "most": 100},
        **{"instructions": "x", "used": False, "uses_instructions": False},
        **{"with_summary": True, "kept_chars": 0, "batch_chars": 9_999, "genie_messages": 9},
        **{"pinned_at": None, "archived_at": None, "created_at": LONG_AGO, "updated_at": LONG_AGO},
    }


EVERY_CHAT = {"agent": None, "pinned": False, "place": None, "after_id": None}
MORE_BINDS: dict[str, dict[str, Any]] = {
    **{name: {"max_chars": 1} for name in ("list_context", "list_context_places", "list_unsummarised")},
    "list_summaries_by_activity": EVERY_CHAT,
    "list_summaries_by_title": EVERY_CHAT,
    "list_summaries_by_creation": EVERY_CHAT,
    "archive_chats": {"archived": True},
    "list_missing_messages": {"message_ids": f'["{UUID(int=0)}"]'},
    "search_all_messages": {"search": WORDS, "scope": "words"},
    "search_all_chats": {"search": WORDS, "scope": "words"},
    "search_recent_messages": {"search": WORDS, "scope": "words", "since": 0},
    "search_recent_chats": {"search": WORDS, "scope": "words", "since": 0},
    "search_titles": {"search": WORDS, "scope": "title words"},
    "search_similar_titles": {"search": WORDS, "scope": "title words"},
}
WITHOUT_CONDITION = {"start_turn", "add_file", "save_instructions", "list_rated_answers"}
"""They add rows, with the user's id in each."""
OF_USERS = [name for name, query in queries().items() if "user_id" in query._bindparams]


@pytest.mark.parametrize("name", OF_USERS)
def test_an_app_query_without_its_owner_condition_finds_and_changes_nothing_of_others(
    cluster: Cluster, filled: Filled, name: str
) -> None:
    assert without_owner_condition(name) != queries()[name].text or name in WITHOUT_CONDITION
    before = everything(cluster, filled.name)
    binds = {bind: value for bind, value in binds_for(filled.turn).items() if bind in queries()[name]._bindparams}
    try:
        found = run(
            filled.database, without_owner_condition(name), **{**binds, **MORE_BINDS.get(name, {}), "user_id": BOB.id}
        )
    except StatementFailed as refused:
        assert refused.sqlstate in ("42501", "23505")  # 23505: the id of a chat of hers is taken
        found = []
    assert SAID not in str(found) and str(filled.turn.chat_id) not in str(found)
    assert everything(cluster, filled.name) == before


def test_the_queries_without_owner_condition_do_find_rows_of_their_own_user(database: Database, turn: NewTurn) -> None:
    """So that the tests above mean something: for Ann herself most of them do."""
    found = 0
    for name in OF_USERS:
        if not re.search("INSERT|UPDATE|DELETE", without_owner_condition(name)):
            binds = {bind: value for bind, value in binds_for(turn).items() if bind in queries()[name]._bindparams}
            binds |= {"scope": "shared", **MORE_BINDS.get(name, {})}
            found += bool(run(database, without_owner_condition(name), **{**binds, "user_id": ANN.id}))
    assert found >= 11
