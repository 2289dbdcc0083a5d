"""What is told of how an answer came about: model, tokens, times, and why there is no whole one."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from lib.chat.sharing import share
from lib.config import load
from lib.db.database import Database
from lib.export.format import read_chat_file
from lib.identity import User
from lib.outage.pending_write import PendingWrite, interrupted_ending
from lib.runtime import Runtime
from lib.store.models import Message
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, administer
from tests.integration.rest_client import Client, asking, chat_of, messages_of
from tests.integration.stores import Stores
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_journal import own_folder  # noqa: F401
from tests.integration.test_resilient_store import (  # noqa: F401
    ask,
    asked,
    has_reconnected,
    in_database,
    lose_database,
    proxy,
    resilient,
)
from tests.integration.test_store import ending_of, new_turn
from tests.waiting import until

QUESTION = "Which region sold most last quarter?"
TOLD = ("model", "usage", "firstWordMs", "durationMs", "failure")
DELTA = '{"type": "response.output_text.delta", "delta": "As far as it came"}'
CUT_SHORT = {"model": "m", "choices": [{"index": 0, "delta": {"content": "On and on"}, "finish_reason": "length"}]}


@pytest.fixture
def app_with(
    served: tuple[str, dict[str, Runtime]], url: str, platform: dict[str, str]
) -> Iterator[Callable[..., Runtime]]:
    """The app with another agent."""
    made: list[Runtime] = []

    def started(**agent: str) -> Runtime:
        environ = {name: value for name, value in platform.items() if name != "SERVING_ENDPOINT"}
        made.append(Runtime(load({**environ, **agent})))
        made[-1].start()
        served[1]["now"] = made[-1]
        return made[-1]

    yield started
    for each in made:
        each.stop()


def answer_in(client: Client, chat_id: str) -> dict[str, Any]:
    """The last message."""
    return messages_of(client, chat_id)[-1]


@pytest.mark.parametrize(
    ("endpoint", "model", "is_counted"),
    [("demo-agent", "demo-agent", True), ("demo-chat", "demo-chat", True), ("demo-chatagent", None, False)],
)
def test_each_kind_of_endpoint_tells_what_an_answer_used(
    app_with: Callable[..., Runtime], ann: Client, endpoint: str, model: str | None, is_counted: bool
) -> None:
    app_with(SERVING_ENDPOINT=endpoint)
    answer = answer_in(ann, chat_of(ann.ask(QUESTION)))
    assert (answer["agent"], answer["model"], answer["askedAs"], answer["failure"]) == (endpoint, model, "app", None)
    assert 0 <= answer["firstWordMs"] <= answer["durationMs"] < 60_000
    usage = answer["usage"]
    assert (usage is not None) is is_counted
    if usage:
        assert usage["inputTokens"] > 0 and usage["outputTokens"] > 20
        assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
        assert usage["cachedTokens"] is None and usage["reasoningTokens"] is None


def test_an_openai_compatible_server_tells_what_an_answer_used(
    app_with: Callable[..., Runtime], ann: Client, workspace: Workspace
) -> None:
    app_with(AGENT_URL=f"{workspace.url}/v1/chat/completions", AGENT_API_KEY="any", AGENT_MODEL="gpt-demo")
    answer = answer_in(ann, chat_of(ann.ask(QUESTION)))
    assert answer["model"] == "gpt-demo" and answer["usage"]["totalTokens"] > 20


def test_an_answer_without_a_database_tells_the_same(ephemeral: Runtime, ann: Client) -> None:
    answer = answer_in(ann, chat_of(ann.ask(QUESTION)))
    assert (answer["model"], answer["failure"]) == ("demo-agent", None)
    assert answer["usage"]["totalTokens"] > 20 and 0 <= answer["firstWordMs"] <= answer["durationMs"]


def test_a_question_used_nothing(ann: Client) -> None:
    question, _ = messages_of(ann, chat_of(ann.ask(QUESTION)))
    assert [question[name] for name in TOLD] == [None] * len(TOLD)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"status": 401}, "unauthorized"),
        ({"status": 403}, "forbidden"),
        ({"status": 413}, "context_too_long"),
        ({"status": 500}, "agent_failed"),
        ({"error_after": 2}, "agent_failed"),
        ({"error_after": 2, "error": {"error": {"code": "rate_limit_exceeded", "message": "Slow."}}}, "rate_limited"),
        ({"cut_after": 6}, "connection_lost"),
        ({"chunks": [b"data: [DONE]\n\n"]}, "no_answer"),
        ({"chunks": [b'data: {"unknown": 1}\n\n', b"data: [DONE]\n\n"]}, "bad_answer"),
        ({"chunks": [b"<html></html>"], "content_type": "text/html"}, "bad_answer"),
        ({"chunks": [f"data: {json.dumps(CUT_SHORT)}\n\n".encode(), b"data: [DONE]\n\n"]}, "too_long"),
    ],
    ids=str,
)
def test_a_failed_answer_says_why(
    ann: Client, workspace: Workspace, database: Database, fault: dict[str, Any], failure: str
) -> None:
    workspace.faults.invocations.next(**fault)
    chat_id = chat_of(ann.ask(QUESTION))
    answer = answer_in(ann, chat_id)
    assert (answer["status"], answer["failure"]) == ("failed", failure)
    assert answer["durationMs"] >= (answer["firstWordMs"] or 0)
    [file] = [each for each in read_chat_file(ann.get(f"/chat/{chat_id}/export").content).messages if each.parent_id]
    assert (file.failure, file.duration_ms) == (failure, answer["durationMs"])


def test_a_stopped_answer_did_not_fail_and_has_its_times(ann: Client, workspace: Workspace) -> None:
    workspace.faults.invocations.next(hold_after=6)
    body = asking("Tell me everything about the data")
    with ann.asked(body) as events:
        next(events)
        until(lambda: answer_in(ann, body["id"])["firstWordMs"] is not None)
        running = answer_in(ann, body["id"])
        assert (running["model"], running["durationMs"], running["failure"]) == ("demo-agent", None, None)
        ann.http.post(f"/chat/{body['id']}/stop")
        list(events)
    answer = answer_in(ann, body["id"])
    assert (answer["status"], answer["failure"], answer["model"]) == ("stopped", None, "demo-agent")
    assert 0 <= answer["firstWordMs"] <= answer["durationMs"]


def test_the_answer_of_a_dead_process_has_its_times_too(
    runtime: Runtime, ann: Client, database: Database, cluster: Cluster, database_name: str
) -> None:
    turn = new_turn()
    PostgresStore(database, ANN).start_turn(turn)
    created = '{"type": "response.created", "response": {"model": "m-1", "output": []}}'
    registry = PostgresTurnRegistry(database)
    registry.write_log("me", [LogRow(turn.turn_id, 1, [created])])
    registry.write_log("me", [LogRow(turn.turn_id, 2, [DELTA], 4321)])
    administer(
        cluster,
        "UPDATE chat.turns SET started_at = now() - interval '90 s', heartbeat_at = now() - interval '60 s'",
        database_name,
    )
    runtime.turns.recovery._checked_at = -math.inf
    answer = answer_in(ann, str(turn.chat_id))
    assert (answer["status"], answer["failure"], answer["model"]) == ("interrupted", "interrupted", "m-1")
    assert (answer["firstWordMs"], answer["durationMs"]) == (4321, 30_000)


def test_an_answer_that_waited_for_the_database_keeps_its_times_and_its_failure(
    resilient: Runtime,  # noqa: F811
    proxy: TcpProxy,  # noqa: F811
    database: Database,
    workspace: Workspace,
) -> None:
    lose_database(resilient, proxy)
    good, bad = asked(), asked()
    ask(resilient, good)
    workspace.faults.invocations.next(status=403)
    ask(resilient, bad)
    kept = {each.chat_id: resilient.store(ANN).list_messages(each.chat_id)[-1] for each in (good, bad)}
    proxy.open()
    until(lambda: has_reconnected(resilient) and not len(resilient.outbox))
    for each, failure in ((good, None), (bad, "forbidden")):
        stored = in_database(database, each.chat_id)[-1]
        assert (stored.failure, kept[each.chat_id].failure) == (failure, failure)
        assert told(stored) == told(kept[each.chat_id])
        assert stored.duration_ms


def told(message: Message) -> tuple[object, ...]:
    return message.model, message.usage, message.first_event_ms, message.failure


def test_a_journal_of_an_earlier_version_has_no_failures() -> None:
    ending = interrupted_ending(new_turn())
    write = PendingWrite(ANN, ending).to_json()
    assert PendingWrite.from_json(write).what == ending
    for name in ("model", "failure"):
        del write["what"][name]
    assert getattr(PendingWrite.from_json(write).what, "failure", "") is None


# -- Stores: Postgres and memory


def finished(store: Store, **fields: Any) -> Message:
    said_at = datetime.now(UTC) - timedelta(seconds=10)
    turn = new_turn(said_at=said_at)
    store.start_turn(turn)
    store.finish_turn(ending_of(turn, ended_at=said_at + timedelta(seconds=2), **fields))
    return store.list_messages(turn.chat_id)[-1]


def test_a_store_keeps_what_is_known_of_an_answer(stores: Stores, owner: User) -> None:
    store = stores.store(owner)
    answer = finished(store, status="failed", model="m-1", failure="timeout")
    assert (answer.model, answer.failure, answer.first_event_ms, answer.duration_ms) == ("m-1", "timeout", 7, 2000)
    assert store.get_message(answer.id) == answer
    record = store.list_records(answer.chat_id)[-1].message
    assert (told(record), record.duration_ms) == (told(answer), 2000)


def test_the_real_end_of_a_turn_that_was_declared_dead_takes_its_failure_away(stores: Stores, owner: User) -> None:
    store, turn = stores.store(owner), new_turn()
    store.start_turn(turn)
    store.finish_turn(ending_of(turn, status="interrupted", failure="interrupted", first_event_ms=None))
    assert store.list_messages(turn.chat_id)[-1].failure == "interrupted"
    store.finish_turn(ending_of(turn, model="m-1"))
    answer = store.list_messages(turn.chat_id)[-1]
    assert (answer.status, answer.failure, answer.model, answer.first_event_ms) == ("complete", None, "m-1", 7)


@pytest.mark.parametrize("is_snapshot", [False, True])
def test_readers_see_what_is_known_of_the_answers_that_they_read(
    stores: Stores, owner: User, is_snapshot: bool
) -> None:
    store, reader = stores.store(owner), stores.store(User(f"bob-{uuid4()}", None, None, authenticated=True))
    answer = finished(store, model="m-1")
    assert reader.get_message(answer.id) is None
    assert share(store, answer.chat_id, is_snapshot=is_snapshot, until=None)
    read = reader.list_messages(answer.chat_id)[-1]
    assert (told(read), read.started_at) == (told(answer), answer.started_at)
    store.start_turn(later := new_turn(answer.chat_id))
    store.finish_turn(ending_of(later, model="m-2"))
    assert {each.model for each in reader.list_messages(answer.chat_id)} == {None, "m-1"} | (
        set() if is_snapshot else {"m-2"}
    )


def test_a_copy_names_the_model_and_has_cost_nothing(stores: Stores, owner: User) -> None:
    store = stores.store(owner)
    answer = finished(store, status="failed", model="m-1", failure="timeout")
    copy_id = uuid4()
    assert store.copy_chat(answer.chat_id, copy_id)
    copy = store.list_messages(copy_id)[-1]
    assert (copy.model, copy.status, copy.created_at) == ("m-1", "failed", answer.created_at)
    assert (copy.usage, copy.started_at, copy.first_event_ms, copy.failure) == (None, None, None, None)
