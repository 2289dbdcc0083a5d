"""An answer over the length limit ends at the limit with an explanation."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lib.config import load
from lib.db.database import Database
from lib.errors import DatabaseUnavailable
from lib.identity import Asker
from lib.messages.parts import Error, Text, ToolResult
from lib.runtime import Runtime
from lib.store.models import Message
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, administer
from tests.integration.rest_client import Client, chat_of, messages_of
from tests.integration.test_store import answered, ending_of, new_turn
from tests.integration.test_turns import asked, ended

MOST_BYTES = 1_000
TOO_LONG = "The answer is longer than {} MB, the most that this app keeps of one, so it was ended here."


@pytest.fixture
def short(platform: dict[str, str]) -> Iterator[Runtime]:
    """An app with a low limit on the length of an answer."""
    made = Runtime(load(platform | {"MAX_ANSWER_BYTES": str(MOST_BYTES)}))
    made.start()
    yield made
    made.stop()


def sse(*data: object) -> list[bytes]:
    return [f"data: {json.dumps(one)}\n\n".encode() for one in data]


def delta(text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "item_id": "m", "delta": text}


def whole(*output: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"output": list(output)}}


def message(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": text}]}


def result(output: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": "c", "output": output}


def answer_to(runtime: Runtime, workspace: Workspace, **fault: Any) -> Message:
    """As it is stored."""
    workspace.faults.invocations.next(**fault)
    question = asked("Tell me everything")
    ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question))
    return runtime.store(ANN).list_messages(question.chat_id)[-1]


def test_an_answer_ends_at_the_length_limit_although_the_agent_sends_more(short: Runtime, workspace: Workspace) -> None:
    words = [delta("w" + "é" * 49)] * 20  # letters of two bytes
    answer = answer_to(short, workspace, chunks=sse(*words), hold_after=12)
    text, error = answer.parts
    assert isinstance(text, Text) and isinstance(error, Error)
    assert len(text.text.encode()) == MOST_BYTES - 1, "half a letter is left out"
    assert (answer.status, answer.content) == ("failed", text.text)
    assert error.text.startswith(TOO_LONG.format("0.001"))


def test_an_answer_of_exactly_the_limit_is_complete(short: Runtime, workspace: Workspace) -> None:
    words = [delta("é" * 50)] * 10
    chunks = sse(*words, {"type": "response.output_item.done", "item": message("é" * 500)}, whole(message("é" * 500)))
    answer = answer_to(short, workspace, chunks=chunks)
    assert (answer.status, answer.content) == ("complete", "é" * 500), "what is said again counts once"


@pytest.mark.parametrize(
    ("first", "kinds"),
    [
        (message("x" * 5_000), ["text", "error"]),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "x" * 5_000}]}, ["reasoning", "error"]),
        (result("x" * 5_000), ["tool_result", "error"]),
        ({"type": "function_call", "call_id": "c", "name": "f", "arguments": "x" * 5_000}, ["error"]),
    ],
)
def test_a_message_over_the_limit_is_cut_and_nothing_after_it_is_kept(
    short: Runtime, workspace: Workspace, first: dict[str, Any], kinds: list[str]
) -> None:
    answer = answer_to(short, workspace, chunks=sse(whole(first, message("behind"))))
    assert [part.type for part in answer.parts] == kinds
    said = "".join(part.output if isinstance(part, ToolResult) else part.text for part in answer.parts[:-1])
    assert MOST_BYTES - 10 <= len(said) <= MOST_BYTES or not said
    assert answer.status == "failed"


def test_a_trace_of_megabytes_does_not_count_towards_the_limit(short: Runtime, workspace: Workspace) -> None:
    trace = {"databricks_output": {"trace": {"info": {"trace_id": "tr-9"}, "data": "x" * 5_000_000}}}
    done = {"type": "response.output_item.done", "item": message("Short."), **trace}
    answer = answer_to(short, workspace, chunks=sse(done))
    assert (answer.status, answer.content, answer.trace_id) == ("complete", "Short.", "tr-9")


def test_an_agent_that_sends_endless_events_without_text_is_disconnected(short: Runtime, workspace: Workspace) -> None:
    nothing = {"type": "response.in_progress", "response": {"padding": "x" * 10_000}}
    answer = answer_to(short, workspace, chunks=sse(*[nothing] * 20, delta("At last.")))
    assert [part.type for part in answer.parts] == ["error"]


SLOW = """
CREATE FUNCTION chat.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(5.5); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON chat.messages FOR EACH ROW WHEN (NEW.role = 'assistant')
       EXECUTE FUNCTION chat.slow()
"""


def test_a_very_long_answer_gets_a_longer_write_timeout(
    database: Database, cluster: Cluster, database_name: str
) -> None:
    administer(cluster, SLOW, database_name)
    store = PostgresStore(database, ANN)
    turn = new_turn()
    store.start_turn(turn)
    with pytest.raises(DatabaseUnavailable):
        store.finish_turn(ending_of(turn))
    # The long part costs the server little to store, so that a loaded machine has time enough.
    store.finish_turn(replace(ending_of(turn), usage={"padding": "x" * 40_000_000}))
    assert store.list_messages(turn.chat_id)[-1].status == "complete"
    with pytest.raises(DatabaseUnavailable):
        answered(store)


def test_an_answer_of_two_megabytes_is_stored_found_and_returned(ann: Client, workspace: Workspace) -> None:
    words = [delta(f"number{count} " + "é " * 500) for count in range(3_000)]
    workspace.faults.invocations.next(chunks=sse(*words))
    response = ann.ask("Tell me everything")
    answer = messages_of(ann, chat_of(response))[-1]
    assert len(answer["content"].encode()) in (2_000_000, 1_999_999)
    assert answer["status"] == "failed" and answer["parts"][-1]["text"].startswith(TOO_LONG.format(2))
    assert TOO_LONG.format(2) in response.text and '"saved": true' in response.text
    assert [hit["messageId"] for hit in ann.get("/search", q="number7").json()["data"]] == [answer["id"]]
    assert ann.ask("And now?", chat_id=chat_of(response)).status_code == 200
