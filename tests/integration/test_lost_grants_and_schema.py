"""Privileges, owners, schema or columns are lost while the app runs, and restored. No message is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lib.chat.turn import Question
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import MIGRATE_SECONDS, MIGRATIONS, migrate, migrations
from lib.runtime import Runtime
from lib.store.postgres import PostgresStore
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from tests.conftest import ANN, ROLE, administer
from tests.integration.rest_client import Client, assert_error, chat_of, messages_of
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_database_refusals import all_saved, contents
from tests.integration.test_resilient_store import (  # noqa: F401
    ask,
    asked,
    lose_database,
    pause_for,
    proxy,
    resilient,
    restore_database,
)
from tests.waiting import until

# ruff: noqa: F811

Run = Callable[[str], None]
LATEST = len(migrations())
PATHS = ("/history", "/chat/{}", "/messages/{}", "/search?q=orders")


@pytest.fixture(autouse=True)
def alone(own_folder: Path) -> Path:
    return own_folder


@pytest.fixture
def admin(cluster: Cluster, database_name: str, runtime: Runtime) -> Run:
    """Runs a statement as the superuser, while the app runs."""
    pause_for(runtime)
    return lambda statement: administer(cluster, statement.replace("APP", f'"{ROLE}"'), database_name)


def ask_while_unsaved(runtime: Runtime, ann: Client, chat_id: str, code: str) -> Question:
    """Assert that API clients get 503, that nothing is reported as missing, and that no exception is shown."""
    for path in PATHS:
        answer = ann.http.get(path.format(chat_id))
        if answer.status_code != 200:  # memory knows a chat of one's own
            assert_error(answer, 503, "database_unavailable")
    until(lambda: runtime.connection_state.mode == "reconnecting")
    said = ann.get("/health/lakebase").raise_for_status().json()
    assert (said["mode"], said["migration"]) == ("reconnecting", LATEST)
    assert runtime.connection_state.diagnosis and runtime.connection_state.diagnosis.code == code
    question = asked("What is new?")
    assert ask(runtime, question).status == "complete"
    return question


def assert_saved_again(runtime: Runtime, ann: Client, question: Question) -> None:
    until(lambda: all_saved(runtime))
    said = ann.get("/health/lakebase").json()
    assert (said["mode"], said["reason"], said["migration"]) == ("saved", None, LATEST)
    assert [status for status, _ in contents(ann, str(question.chat_id))] == ["complete"] * 2
    assert chat_of(ann.ask("And now?"))


TAKEN = {
    "select": ("REVOKE SELECT ON chat.chats FROM APP", "GRANT SELECT, INSERT"),
    "all of a table": ("REVOKE ALL ON chat.messages FROM APP", "GRANT SELECT, INSERT"),
    "all tables": ("REVOKE ALL ON ALL TABLES IN SCHEMA chat FROM APP", "GRANT SELECT, INSERT"),
    "the schema": ("REVOKE ALL ON SCHEMA chat FROM APP", "GRANT USAGE ON SCHEMA chat"),
    "a function": (
        "REVOKE ALL ON FUNCTION chat.is_me(text) FROM APP; REVOKE ALL ON FUNCTION chat.is_me(text) FROM PUBLIC",
        "GRANT EXECUTE ON ALL ROUTINES",
    ),
    "a table's owner": ("ALTER TABLE chat.messages OWNER TO postgres", "GRANT SELECT, INSERT"),
    "all there is": (
        "ALTER SCHEMA chat OWNER TO postgres; ALTER TABLE chat.schema_migrations OWNER TO postgres; "
        "ALTER TABLE chat.chats OWNER TO postgres; ALTER TABLE chat.turns OWNER TO postgres",
        "ALTER SCHEMA chat OWNER TO",
    ),
}


@pytest.mark.parametrize(("take", "advice"), TAKEN.values(), ids=TAKEN.keys())
def test_lost_privileges_are_reported_until_they_are_granted_again(
    runtime: Runtime, ann: Client, admin: Run, take: str, advice: str
) -> None:
    chat_id = chat_of(ann.ask())
    admin(take)
    question = ask_while_unsaved(runtime, ann, chat_id, "42501")
    assert runtime.connection_state.diagnosis
    remedy = " ".join(runtime.connection_state.diagnosis.remedy)
    assert advice in remedy
    admin(remedy)
    assert_saved_again(runtime, ann, question)
    assert len(messages_of(ann, chat_id)) == 2


def test_another_users_chat_is_not_found_while_the_grants_are_complete(ann: Client, bob: Client, admin: Run) -> None:
    chat_id = chat_of(ann.ask())
    assert_error(bob.ask(chat_id=chat_id), 404, "not_found")
    admin("REVOKE ALL ON chat.messages FROM APP")
    assert_error(bob.ask(chat_id=chat_id), 503, "database_unavailable")


def test_a_dropped_schema_is_created_again(runtime: Runtime, ann: Client, admin: Run) -> None:
    ann.ask()
    admin("DROP SCHEMA chat CASCADE")
    assert ann.get("/health/lakebase").json()["mode"] in ("saved", "reconnecting")
    until(lambda: all_saved(runtime))
    assert ann.get("/health/lakebase").json()["migration"] == LATEST
    assert ann.get("/history").json()["data"] == []
    question = asked()
    ask(runtime, question)
    assert_saved_again(runtime, ann, question)


def test_a_question_asked_while_the_schema_is_dropped_is_kept(runtime: Runtime, ann: Client, admin: Run) -> None:
    ann.ask()
    admin("DROP SCHEMA chat CASCADE")
    question = asked()
    assert ask(runtime, question).status == "complete"
    assert_saved_again(runtime, ann, question)


def test_a_database_branch_reset_to_an_older_schema_is_migrated_again(
    runtime: Runtime, ann: Client, admin: Run, database_url: str, tmp_path: Path
) -> None:
    ann.ask()
    older = tmp_path / "older"
    older.mkdir()
    for file in sorted(MIGRATIONS.glob("*.sql"))[:3]:
        (older / file.name).write_text(file.read_text())
    admin("DROP SCHEMA chat CASCADE")
    as_app = connect(DatabaseUrl(database_url), AppWorkspace())
    as_app.run(lambda engine: migrate(engine, older), MIGRATE_SECONDS)
    as_app.dispose()
    question = asked()
    assert ask(runtime, question).status == "complete"
    assert_saved_again(runtime, ann, question)


MISSING = {
    "a column": (
        "ALTER TABLE chat.chats RENAME COLUMN pinned_at TO gone",
        "pinned_at",
        "ALTER TABLE chat.chats RENAME COLUMN gone TO pinned_at",
        "42703",
    ),
    "a table": ("ALTER TABLE chat.votes RENAME TO gone", "votes", "ALTER TABLE chat.gone RENAME TO votes", "42P01"),
    "a function": (
        "ALTER FUNCTION chat.asked(text, boolean) RENAME TO gone",
        "chat.asked",
        "ALTER FUNCTION chat.gone(text, boolean) RENAME TO asked",
        "42883",
    ),
}


@pytest.mark.parametrize(("take", "named", "give", "code"), MISSING.values(), ids=MISSING.keys())
def test_a_missing_object_that_migrations_cannot_restore_is_named_and_used_once_it_is_back(
    runtime: Runtime, ann: Client, admin: Run, take: str, named: str, give: str, code: str
) -> None:
    chat_id = chat_of(ann.ask())
    admin(take)
    ann.get("/history")
    ann.get(f"/feedback/{chat_id}")
    assert ask(runtime, asked()).status == "complete"
    question = ask_while_unsaved(runtime, ann, chat_id, code)
    assert runtime.connection_state.diagnosis and named in runtime.connection_state.diagnosis.sentence
    admin(give)
    assert_saved_again(runtime, ann, question)
    assert len(messages_of(ann, chat_id)) == 2


def test_a_database_branch_reset_during_an_outage_is_migrated_before_use(
    resilient: Runtime, proxy: TcpProxy, cluster: Cluster, database_name: str, database: Database
) -> None:
    lose_database(resilient, proxy)
    question = asked()
    ask(resilient, question)
    administer(cluster, "DROP SCHEMA chat CASCADE", database_name)
    restore_database(resilient, proxy)
    assert resilient.connection_state.last_diagnosis and not resilient.connection_state.last_diagnosis.is_not_ready
    assert len(PostgresStore(database, ANN).list_messages(question.chat_id)) == 2
