"""The start and stop of a process whose database is up, down, or not bound at all."""

import gc
import subprocess
import sys
import warnings
from threading import Timer
from uuid import UUID, uuid4

import psycopg2
import pytest
from sqlalchemy import text

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.config import load
from lib.errors import DatabaseUnavailable, Gone, NotConfigured, ShuttingDown
from lib.identity import Asker
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.waiting import until

CUT_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def asked(text: str = "How many orders are there?", chat_id: UUID | None = None) -> Question:
    question_id = uuid4()
    return Question(chat_id or uuid4(), question_id, first_answer_id(question_id), text)


def ended(turn: Turn | None) -> Turn:
    assert turn
    until(lambda: turn.chunks.closed)
    return turn


def test_an_incomplete_environment_is_refused_with_an_explanation() -> None:
    with pytest.raises(NotConfigured, match=r"PGDATABASE is missing"):
        Runtime.from_environment({"PGHOST": "host", "SERVING_ENDPOINT": "agent"})


def test_making_a_runtime_opens_no_connection() -> None:
    runtime = Runtime(load({"DATABASE_URL": "postgresql://nobody@no-such-host.invalid/x", "SERVING_ENDPOINT": "agent"}))
    assert not runtime.is_ephemeral
    assert runtime.agents.names == ("agent",)
    assert runtime.database
    assert runtime.database.engine.pool.checkedin() == 0  # type: ignore[attr-defined]


ELSEWHERE = {"AGENT_URL": "https://agent.example/v1/responses"}
ON_APPS = {"AGENT_URL": "https://agent-1.aws.databricksapps.com/invocations"}
LAKEBASE = {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGDATABASE": "d", "PGUSER": "u", "LAKEBASE_INSTANCE_NAME": "i"}
MODULES_AFTER_START = (
    "import os, sys; from lib.runtime import Runtime; Runtime.from_environment().start(); print(*sys.modules)"
)


@pytest.mark.parametrize(
    ("environ", "needs_sdk"),
    [
        ({"SERVING_ENDPOINT": "agent"}, True),
        (ON_APPS, True),
        (ELSEWHERE | LAKEBASE, True),
        (ELSEWHERE, False),
    ],
)
def test_the_sdk_is_imported_at_start_and_only_where_it_is_used(environ: dict[str, str], needs_sdk: bool) -> None:
    command = [sys.executable, "-c", MODULES_AFTER_START]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert ("databricks.sdk" in ended.stdout.split()) == needs_sdk


def test_a_process_starts_without_its_database_and_refuses_at_once_what_requires_it() -> None:
    runtime = Runtime(load({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "SERVING_ENDPOINT": "agent"}))
    runtime.start()
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            runtime.store(ANN).delete_chat(uuid4())
    runtime.stop()


def test_starting_and_stopping_twice_has_no_effect(runtime: Runtime) -> None:
    runtime.start()
    assert ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked())).status == "complete"
    assert runtime.turns.running == 0


def test_a_stopping_process_waits_for_a_short_answer(platform: dict[str, str], workspace: Workspace) -> None:
    runtime = Runtime(load(platform))
    fault, question = workspace.faults.invocations.next(hold_after=2), asked()
    turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert turn
    until(lambda: len(turn.chunks) >= 2)
    Timer(0.05, fault.release_all).start()
    runtime.stop()
    assert (turn.status, turn.chunks.closed) == ("complete", True)
    with pytest.raises(ShuttingDown):
        runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked())
    after = Runtime(load(platform))
    assert [message.status for message in after.store(ANN).list_messages(question.chat_id)] == ["complete", "complete"]
    after.stop()


def test_a_stopped_process_has_closed_everything_it_opened(platform: dict[str, str], workspace: Workspace) -> None:
    gc.collect()
    runtime = Runtime(load(platform))
    ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked()))
    runtime.stop()
    assert runtime.database
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del runtime
        gc.collect()
    assert [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)] == []
    connection = psycopg2.connect(platform["DATABASE_URL"])
    with connection.cursor() as cursor:
        until(lambda: cursor.execute(OTHERS) or (cursor.fetchone() or [1])[0] == 0)
    connection.close()


def test_a_chat_deleted_during_its_answer_stays_deleted(runtime: Runtime, workspace: Workspace) -> None:
    store, first = runtime.store(ANN), asked()
    held = workspace.faults.invocations.next(hold_after=2)
    old = runtime.turns.ask(store, Asker(ANN, None), first)
    assert old
    until(lambda: len(old.chunks) >= 2)
    store.delete_chat(first.chat_id)
    with pytest.raises(Gone):
        runtime.turns.ask(store, Asker(ANN, None), asked("Who are our top 10 customers?", first.chat_id))
    held.release_all()
    until(lambda: old.chunks.closed)
    assert runtime.turns.running == 0
    assert store.get_chat(first.chat_id) is None and store.get_message(old.id) is None


def test_an_answer_is_stored_after_an_outage(runtime: Runtime, workspace: Workspace) -> None:
    store, question = runtime.store(ANN), asked()
    fault = workspace.faults.invocations.next(hold_after=2)
    turn = runtime.turns.ask(store, Asker(ANN, None), question)
    assert turn and runtime.database
    until(lambda: len(turn.chunks) >= 2)
    with runtime.database.engine.connect() as connection:
        connection.execute(text(CUT_ALL_OTHERS))
    fault.release_all()
    assert ended(turn).status == "complete"
    assert store.list_messages(question.chat_id)[-1].content == turn.answer.content


def test_without_a_database_no_database_object_is_made(platform: dict[str, str]) -> None:
    runtime = Runtime(load({name: value for name, value in platform.items() if name != "DATABASE_URL"}))
    runtime.start()
    assert runtime.is_ephemeral
    assert runtime.database is None
    question = asked()
    assert ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)).status == "complete"
    assert len(runtime.store(ANN).list_messages(question.chat_id)) == 2
    runtime.stop()
