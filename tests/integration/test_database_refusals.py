"""A database that refuses for a while: nobody loses a word, and nobody is told of an error of the app's."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import psycopg2
import pytest

from lib.db.database import Database
from lib.db.schema import _is_read_only
from lib.errors import DatabaseUnavailable
from lib.identity import Asker
from lib.messages.parts import Text
from lib.outage.pending_write import PendingWrite
from lib.runtime import Runtime
from lib.store import bulk_edits, edits
from lib.store.answer_ids import new_answer_id
from lib.store.chat_summary import ChatFilter
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, administer
from tests.integration.refusing_database import RefusingDatabase
from tests.integration.rest_client import Client, asking, assert_error, events, messages_of
from tests.integration.test_resilient_store import ask, asked, probe_of, proxy, resilient  # noqa: F401
from tests.waiting import until

# ruff: noqa: F811

BUSY = ("53100", "54000", "55P03", "57014", "58030", "XX001", "40001", "P0001", "0A000")


@pytest.fixture(autouse=True)
def alone(own_folder: Path) -> Path:
    return own_folder


@pytest.fixture
def refusing(cluster: Cluster, database_name: str) -> RefusingDatabase:
    return RefusingDatabase(cluster, database_name)


def meta_of(response: object) -> dict[str, object]:
    return events(response)[-2].json  # type: ignore[arg-type, no-any-return]


def health(client: Client) -> tuple[str, str | None]:
    said = client.get("/health/lakebase").raise_for_status().json()
    return said["mode"], said["reason"]


def contents(client: Client, chat_id: str) -> list[tuple[str, str]]:
    return [(said["status"], said["content"]) for said in messages_of(client, chat_id)]


def all_saved(runtime: Runtime) -> bool:
    probe_of(runtime).hurry()
    return not len(runtime.outbox) and not runtime.connection_state.is_lost


@pytest.mark.parametrize("code", BUSY)
def test_a_temporarily_refused_question_is_answered_and_saved_later(
    runtime: Runtime, ann: Client, refusing: RefusingDatabase, code: str
) -> None:
    ann.ask("Are you there?")
    body = asking("How many orders are there?")
    refusing.writes(code)
    first = ann.http.post("/chat", json=body)
    meta = meta_of(first)
    assert (meta["status"], meta["saved"]) == ("complete", False)
    second = ann.ask("And last year?", chat_id=body["id"])
    assert (meta_of(second)["status"], meta_of(second)["saved"]) == ("complete", False)
    mode, reason = health(ann)
    assert mode == "saved" and reason and "wait to be saved" in reason
    assert_error(ann.get(f"/messages/{body['id']}"), 503, "database_unavailable")
    refusing.relent()
    until(lambda: all_saved(runtime))
    assert [status for status, _ in contents(ann, body["id"])] == ["complete"] * 4
    assert [said for _, said in contents(ann, body["id"])][::2] == ["How many orders are there?", "And last year?"]
    assert health(ann) == ("saved", None)


@pytest.mark.parametrize("code", BUSY)
def test_an_answer_whose_last_write_is_refused_is_kept_complete_and_the_chat_is_free(
    runtime: Runtime, ann: Client, refusing: RefusingDatabase, workspace: Workspace, code: str
) -> None:
    question, fault = asked("Tell me everything about the data"), workspace.faults.invocations.next(hold_after=2)
    store = runtime.store(ANN)
    turn = runtime.turns.ask(store, Asker(ANN, None), question)
    assert turn
    until(lambda: len(turn.chunks) >= 2)
    refusing.writes(code)
    fault.release_all()
    until(lambda: turn.chunks.closed)
    assert turn.status == "complete" and not runtime.is_saved(turn)
    shown = store.list_messages(question.chat_id)
    assert [(said.content, said.saved) for said in shown] == [(question.text, True), (turn.answer.content, False)]
    assert ann.http.post(f"/chat/{question.chat_id}/stop").json() == {"success": False}
    assert ann.http.get(f"/chat/{question.chat_id}/stream").status_code == 204
    assert [chat["running"] for chat in ann.get("/history").json()["data"]] == [False]
    assert [chat.running for chat in store.list_chats().chats] == [False]
    assert meta_of(ann.ask("And then?", chat_id=str(question.chat_id)))["status"] == "complete"
    refusing.relent()
    until(lambda: all_saved(runtime))
    kept = contents(ann, str(question.chat_id))
    assert kept[:3] == [
        ("complete", question.text),
        ("complete", turn.answer.content),
        ("complete", "And then?"),
    ]
    assert len(kept) == 4


@pytest.mark.parametrize("code", BUSY)
def test_a_temporarily_refused_read_raises_database_unavailable(
    runtime: Runtime, ann: Client, refusing: RefusingDatabase, code: str
) -> None:
    body = asking("How many orders are there?")
    ann.http.post("/chat", json=body)
    refusing.reads(code)
    for path in ("/history", f"/messages/{body['id']}", "/search?q=orders"):
        answer = ann.http.get(path)
        assert_error(answer, 503, "database_unavailable")
        assert answer.headers["Retry-After"]
    assert health(ann)[0] == "saved"
    refusing.relent()
    assert len(messages_of(ann, body["id"])) == 2


def test_pending_writes_are_retried_forever_and_stay_in_the_journal(
    runtime: Runtime, database: Database, refusing: RefusingDatabase, alone: Path
) -> None:
    refusing.writes("53100")
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "Still there?", "Title", None, "me", is_new_chat=True)
    entry, store = PendingWrite(ANN, turn), PostgresStore(database, ANN)
    box = runtime.outbox
    box.add(entry)
    for _ in range(100):
        assert not box.deliver(entry, store)
    assert box.of_chat(turn.chat_id) == [entry]
    assert any("Still there?" in path.read_text() for path in alone.iterdir())
    refusing.relent()
    assert box.deliver(entry, store)
    assert [said.content for said in store.list_messages(turn.chat_id)] == ["Still there?"]


def test_a_write_that_misses_a_column_stops_all_writes_first_and_then_only_itself(
    runtime: Runtime, database: Database, refusing: RefusingDatabase
) -> None:
    refusing.content("42703", "Not ready")
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "Not ready", "Title", None, "me", is_new_chat=True)
    write, store = PendingWrite(ANN, turn), PostgresStore(database, ANN)
    runtime.outbox.add(write)
    with pytest.raises(DatabaseUnavailable):
        runtime.outbox.deliver(write, store)
    assert not runtime.outbox.deliver(write, store)


def test_a_database_that_refuses_everything_does_not_log_a_warning_for_each_write(
    runtime: Runtime, database: Database, refusing: RefusingDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    refusing.writes("53100")
    store, box = PostgresStore(database, ANN), runtime.outbox
    for number in range(20):
        turn = NewTurn(new_answer_id(), uuid4(), uuid4(), f"Question {number}", "Title", None, "me", is_new_chat=True)
        box.add(write := PendingWrite(ANN, turn))
        assert not box.deliver(write, store)
    assert [record.getMessage().rsplit(": ")[1] for record in caplog.records if "wait" in record.msg] == ["53100"]


@pytest.mark.parametrize("code", ["58030", "42703"])
def test_a_chat_with_refused_writes_does_not_delay_other_chats(
    runtime: Runtime, database: Database, refusing: RefusingDatabase, code: str
) -> None:
    store = PostgresStore(database, ANN)
    turns = [
        NewTurn(new_answer_id(), uuid4(), uuid4(), f"Question {number}", "Title", None, "me", is_new_chat=True)
        for number in range(3)
    ]
    refusing.content(code, "Question 0")
    with runtime.connection_state.lock:
        for turn in turns:
            runtime.outbox.add(PendingWrite(ANN, turn))
        probe_of(runtime).start()
    until(lambda: len(runtime.outbox) == 1)
    assert [len(store.list_messages(turn.chat_id)) for turn in turns] == [0, 1, 1]
    refusing.relent()
    until(lambda: not len(runtime.outbox))
    assert len(store.list_messages(turns[0].chat_id)) == 1


def test_a_new_chat_that_waits_is_in_the_table_as_it_is_in_the_sidebar(
    runtime: Runtime, refusing: RefusingDatabase, database: Database
) -> None:
    store = runtime.store(ANN)
    saved = asked()
    ask(runtime, saved)
    refusing.writes("53100")
    waiting = asked()
    ask(runtime, waiting)
    page = store.list_summaries()
    assert [(row.chat.id, row.messages) for row in page.rows] == [(waiting.chat_id, None), (saved.chat_id, 2)]
    assert [row.chat.id for row in page.rows] == [chat.id for chat in store.list_chats().chats]
    assert store.list_summaries(ChatFilter(pinned=True)).rows == []
    assert len(runtime.store(ANN, remembered=False).list_summaries().rows) == 1
    with pytest.raises(DatabaseUnavailable):
        store.edit_chats([waiting.chat_id], bulk_edits.archive(True))
    refusing.relent()
    until(lambda: all_saved(runtime))
    assert [row.messages for row in store.list_summaries().rows] == [2, 2]


def test_a_locked_table_loses_nothing(runtime: Runtime, ann: Client, cluster: Cluster, database_name: str) -> None:
    body = asking("How many orders are there?")
    ann.http.post("/chat", json=body)
    store = runtime.store(ANN)
    store.list_messages(UUID(body["id"]))
    question = asked("And last year?", UUID(body["id"]))
    with closing(psycopg2.connect(cluster.admin_dsn(database_name))) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE chat.messages IN ACCESS EXCLUSIVE MODE")
        turn = runtime.turns.ask(store, Asker(ANN, None), question)
        assert turn
        until(lambda: turn.chunks.closed)
        assert turn.status == "complete"
        assert [said.saved for said in store.list_messages(question.chat_id)] == [True, True, False, False]
        until(lambda: runtime.outbox.of_chat(question.chat_id)[0].tries >= 2)
    until(lambda: all_saved(runtime))
    assert [status for status, _ in contents(ann, body["id"])] == ["complete"] * 4


def test_a_chat_unknown_to_this_process_is_loaded_as_soon_as_it_has_a_pending_write(
    runtime: Runtime, ann: Client, bob: Client, refusing: RefusingDatabase, database: Database
) -> None:
    begun = NewTurn(new_answer_id(), uuid4(), uuid4(), "From elsewhere.", "Title", None, "elsewhere")
    elsewhere = PostgresStore(database, ANN)
    elsewhere.start_turn(begun)
    ids = begun.turn_id, begun.chat_id, begun.question_id
    elsewhere.finish_turn(Ending(*ids, "complete", [Text("Done.")], "Done.", None, None, 1))
    elsewhere.edit_chat(begun.chat_id, edits.set_visibility("public"))
    refusing.writes("53100")
    assert meta_of(ann.ask("And from here?", chat_id=str(begun.chat_id)))["status"] == "complete"
    shown = runtime.store(ANN).list_messages(begun.chat_id)
    assert [(said.content, said.saved) for said in shown[:3]] == [
        ("From elsewhere.", True),
        ("Done.", True),
        ("And from here?", False),
    ]
    assert [said for _, said in contents(bob, str(begun.chat_id))] == ["From elsewhere.", "Done."], "what is saved"
    assert_error(bob.ask("Mine?", chat_id=str(begun.chat_id)), 503, "database_unavailable")
    refusing.relent()
    until(lambda: all_saved(runtime))
    assert_error(bob.ask("Mine?", chat_id=str(begun.chat_id)), 404, "not_found")
    assert len(contents(ann, str(begun.chat_id))) == 4


def test_a_deleted_chat_is_not_found_even_while_writes_are_refused(ann: Client, refusing: RefusingDatabase) -> None:
    body = asking("How many orders are there?")
    ann.http.post("/chat", json=body)
    ann.http.delete(f"/chat/{body['id']}")
    refusing.writes("53100")
    assert_error(ann.ask("Still there?", chat_id=body["id"]), 410, "gone")


def test_turns_of_this_process_are_not_taken_for_dead_after_refused_heartbeats(
    runtime: Runtime, refusing: RefusingDatabase, workspace: Workspace
) -> None:
    question, fault = asked("Tell me everything about the data"), workspace.faults.invocations.next(hold_after=2)
    turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert turn
    until(lambda: turn.logged)
    refusing.run("UPDATE chat.turns SET heartbeat_at = now() - interval '1 minute'")
    assert runtime.turns.recovery.check_now() is False
    fault.release_all()
    until(lambda: turn.chunks.closed)
    kept = runtime.store(ANN).list_messages(question.chat_id)
    assert [(said.status, said.content) for said in kept[1:]] == [("complete", turn.answer.content)]


@pytest.fixture
def read_only(cluster: Cluster, database_name: str) -> Iterator[None]:
    """All sessions that begin meanwhile take no changes, also after that: as after a failover that cut nobody."""
    administer(cluster, f"ALTER DATABASE {database_name} SET default_transaction_read_only = on")
    yield
    writable_again(cluster, database_name)


def writable_again(cluster: Cluster, database_name: str) -> None:
    """For sessions that begin from now on."""
    administer(cluster, f"ALTER DATABASE {database_name} RESET default_transaction_read_only")


def test_read_only_sessions_after_a_failover_are_replaced_at_once(
    read_only: None, runtime: Runtime, ann: Client, cluster: Cluster, database_name: str
) -> None:
    until(lambda: runtime.connection_state.is_lost)
    assert ann.get("/health").status_code == 200
    until(lambda: runtime.connection_state.mode == "reconnecting")
    assert health(ann) == ("reconnecting", "Lakebase is read-only at the moment.")
    question = asked()
    turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert turn
    until(lambda: turn.chunks.closed)
    writable_again(cluster, database_name)
    until(lambda: all_saved(runtime))
    assert [status for status, _ in contents(ann, str(question.chat_id))] == ["complete"] * 2


def test_a_question_is_saved_although_the_pool_has_read_only_sessions(runtime: Runtime, ann: Client) -> None:
    assert runtime.database
    held = [runtime.database.engine.connect() for _ in range(4)]
    for connection in held:
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        connection.close()
    meta = meta_of(ann.ask())
    assert (meta["status"], meta["saved"]) == ("complete", True)
    assert runtime.connection_state.last_diagnosis is None


def test_a_temporarily_read_only_server_is_used_again_when_it_accepts_writes(
    resilient: Runtime, cluster: Cluster, database: Database
) -> None:
    """All its sessions live on, and turn read-only and back under the app."""
    ask(resilient, first := asked())
    try:
        read_only_everywhere(cluster, "on")
        until(lambda: is_read_only(database))
        question = asked("And last year?", first.chat_id)
        assert ask(resilient, question).status == "complete"
        until(lambda: resilient.connection_state.mode == "reconnecting")
        assert resilient.connection_state.reason == "Lakebase is read-only at the moment."
    finally:
        read_only_everywhere(cluster, "off")
    until(lambda: all_saved(resilient))
    assert len(PostgresStore(database, ANN).list_messages(first.chat_id)) == 4


def read_only_everywhere(cluster: Cluster, value: str) -> None:
    with closing(psycopg2.connect(cluster.admin_dsn())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            cursor.execute("SELECT pg_reload_conf()")


def is_read_only(database: Database) -> bool:
    return bool(database.run(_is_read_only))
