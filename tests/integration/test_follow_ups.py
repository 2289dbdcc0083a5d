"""Next questions that a small model suggests, from the end of an answer to where it is stored."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.config import load
from lib.db.database import Database
from lib.identity import Asker
from lib.messages.parts import follow_ups_of
from lib.runtime import Runtime
from lib.store.models import Message
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, ROLE
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, pause_for, restore_database
from tests.waiting import until

ASKED = "Which region sold most last quarter?"
SUGGESTED = ["And by month?", "And by category?", "What is the return rate by category?"]
Started = Callable[..., Runtime]


@pytest.fixture
def started(platform: dict[str, str], workspace: Workspace) -> Iterator[Started]:
    """A running app with a small model. Its agent is one that suggests nothing itself."""
    made: list[Runtime] = []
    workspace.requests.clear()

    def start(**environ: str) -> Runtime:
        with_model = {"SERVING_ENDPOINT": "demo-chat,demo-agent", "TITLE_ENDPOINT": "demo-titles", **environ}
        made.append(Runtime(load({**platform, **with_model})))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.stop()


def ask(runtime: Runtime, text: str = ASKED, chat_id: UUID | None = None, agent: str | None = None) -> Turn:
    question_id = uuid4()
    question = Question(chat_id or uuid4(), question_id, first_answer_id(question_id), text, agent)
    turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert turn
    return turn


def ended(turn: Turn) -> Turn:
    until(lambda: turn.chunks.closed)
    return turn


def last(runtime: Runtime, chat_id: UUID) -> Message:
    return runtime.store(ANN).list_messages(chat_id)[-1]


def suggested(runtime: Runtime, turn: Turn) -> list[str]:
    until(lambda: bool(follow_ups_of(last(runtime, turn.chat_id).parts)))
    return follow_ups_of(last(runtime, turn.chat_id).parts)


def requests_for(workspace: Workspace, what: str = "next") -> list[str]:
    """What the small model was asked for next questions, or for a title."""
    bodies = [request.json for request in workspace.requests.to("/demo-titles/", "POST")]
    return [body["messages"][1]["content"] for body in bodies if what in body["messages"][0]["content"]]


def test_where_the_agent_suggests_nothing_the_small_model_does_and_the_chat_is_as_read_as_before(
    started: Started, workspace: Workspace, database: Database
) -> None:
    runtime = started()
    turn = ended(ask(runtime))
    store = runtime.store(ANN)
    store.mark_read(turn.chat_id)
    before, seen = store.get_chat(turn.chat_id), runtime.change_feed.number
    assert suggested(runtime, turn) == SUGGESTED
    stored = PostgresStore(database, ANN).list_messages(turn.chat_id)[-1]
    assert follow_ups_of(stored.parts) == SUGGESTED and stored.content == turn.answer.content
    after = store.get_chat(turn.chat_id)
    assert before and after and (after.updated_at, after.unread) == (before.updated_at, before.unread)
    assert runtime.change_feed.since(seen - 1, turn.chat_id), "open pages hear of it"
    [said] = requests_for(workspace)
    assert said.startswith(f"Question:\n{ASKED}\n\nAnswer:\n") and turn.answer.content[:40] in said
    request = workspace.requests.to("/demo-titles/", "POST")[-1]
    assert request.caller == ROLE and "stream" not in request.json


def test_the_end_of_an_answer_does_not_wait_for_the_model_and_a_later_question_makes_its_questions_superfluous(
    started: Started, workspace: Workspace
) -> None:
    runtime = started()
    first = ended(ask(runtime, "hello"))
    until(lambda: bool(follow_ups_of(last(runtime, first.chat_id).parts)))
    held = workspace.faults.titles.next(hold_after=0)
    turn = ended(ask(runtime, "thanks", first.chat_id))
    assert last(runtime, turn.chat_id).status == "complete"
    until(lambda: len(requests_for(workspace)) == 2)
    later = ended(ask(runtime, "What tables are there?", first.chat_id))
    assert suggested(runtime, later)
    before = runtime.store(ANN).list_messages(first.chat_id)
    held.release_all()
    time.sleep(0.5)
    assert runtime.store(ANN).list_messages(first.chat_id) == before
    assert [len(follow_ups_of(each.parts)) for each in before if each.role == "assistant"] == [3, 0, 3]


@pytest.mark.parametrize(
    "environ", [{"FOLLOW_UPS": "agent"}, {"FOLLOW_UPS": "off"}, {"TITLE_ENDPOINT": ""}], ids=lambda each: str(each)
)
def test_a_deployment_can_do_without_the_model(started: Started, workspace: Workspace, environ: dict[str, str]) -> None:
    runtime = started(**environ)
    turn = ended(ask(runtime))
    until(lambda: bool(requests_for(workspace, "title")) or "TITLE_ENDPOINT" in environ)
    time.sleep(0.3)
    assert requests_for(workspace) == [] and not follow_ups_of(last(runtime, turn.chat_id).parts)


def test_the_model_is_not_asked_where_the_agent_suggests_something_or_the_answer_is_not_whole(
    started: Started, workspace: Workspace
) -> None:
    runtime = started()
    assert len(follow_ups_of(last(runtime, ended(ask(runtime, agent="demo-agent")).chat_id).parts)) == 3
    ended(ask(runtime, "Help me choose"))  # it ends with alternatives
    workspace.faults.invocations.next(cut_after=3)
    assert ended(ask(runtime)).status == "failed"
    held = workspace.faults.invocations.next(hold_after=8)
    stopped = ask(runtime)
    until(lambda: bool(stopped.answer.content))
    assert runtime.turns.stop(runtime.store(ANN), stopped.chat_id)
    assert ended(stopped).status == "stopped"
    held.release_all()
    time.sleep(0.3)
    assert requests_for(workspace) == []


def test_a_model_that_fails_or_refuses_costs_nothing_but_its_questions_and_is_not_asked_again(
    started: Started, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = started()
    chat_id = ended(ask(runtime)).chat_id
    until(lambda: len(requests_for(workspace)) == 1)
    for number, fault in enumerate(({"status": 503}, {"cut_after": 0}, {"chunks": [b"[1]"]}), start=2):
        workspace.faults.titles.next(**fault)
        turn = ended(ask(runtime, "Which region sold most last quarter, again?", chat_id))
        until(lambda number=number: len(requests_for(workspace)) == number)
        time.sleep(0.2)
        assert last(runtime, chat_id).status == turn.status == "complete"
        assert not follow_ups_of(last(runtime, chat_id).parts)
    assert "gets no next questions from the model" in caplog.text
    assert "again?" not in caplog.text and "region" not in caplog.text


def test_a_temporary_chat_is_never_given_to_the_model_and_an_ephemeral_one_keeps_its_questions(
    started: Started, workspace: Workspace, platform: dict[str, str]
) -> None:
    runtime = started(DATABASE_URL="")
    assert runtime.is_ephemeral
    assert suggested(runtime, ended(ask(runtime))) == SUGGESTED
    turn = ended(ask(runtime.temporary))
    time.sleep(0.3)
    assert len(requests_for(workspace)) == 1 and not follow_ups_of(last(runtime.temporary, turn.chat_id).parts)


def test_during_an_outage_next_questions_are_shown_and_saved_later(
    platform: dict[str, str],
    cluster: Cluster,
    database: Database,
    database_url: str,
    started: Started,
    own_folder: object,
) -> None:
    with TcpProxy(cluster.host, cluster.port) as proxy:
        runtime = started(DATABASE_URL=proxy.url(database_url))
        pause_for(runtime)
        first = ended(ask(runtime, "hello"))
        assert suggested(runtime, first)
        lose_database(runtime, proxy)
        turn = ended(ask(runtime, chat_id=first.chat_id))
        assert suggested(runtime, turn) == SUGGESTED
        assert not last(runtime, turn.chat_id).saved
        restore_database(runtime, proxy)
        until(lambda: len(runtime.outbox) == 0)
        stored = PostgresStore(database, ANN).list_messages(turn.chat_id)[-1]
        assert replace(stored, saved=True).id == turn.id and follow_ups_of(stored.parts) == SUGGESTED
