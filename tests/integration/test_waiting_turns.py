"""Turns that wait for their user's approval: parked in the database, and continued by whoever gets the decision."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from lib.agent.events import Decision
from lib.chat.turn import Question, Turn
from lib.db.database import Database
from lib.errors import ChatBusy, NotWaiting
from lib.identity import Asker
from lib.messages.parts import Approval, Text, ToolCall, ToolResult
from lib.runtime import Runtime
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import RunningTurn
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from lib.store.turn_models import ParkedTurn
from lib.store.turn_registry import PostgresTurnRegistry
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import lose_database, proxy, resilient  # noqa: F401
from tests.integration.test_store import new_turn
from tests.integration.test_turns import asked, ended
from tests.integration.test_user_ids import rows
from tests.waiting import until

ASKER = Asker(ANN, None)
DONE = b"data: [DONE]\n\n"
CALL, OTHER = "mcpr_1", "mcpr_2"


def event(item: dict[str, Any]) -> bytes:
    return f"data: {json.dumps({'type': 'response.output_item.done', 'item': item})}\n\n".encode()


def said(text: str, id: str = "m") -> bytes:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return event({"type": "message", "id": id, "role": "assistant", "content": content})


def asks_to(call_id: str, name: str = "send_mail") -> bytes:
    arguments = json.dumps({"to": "ann"})
    return event({"type": "mcp_approval_request", "id": call_id, "name": name, "arguments": arguments})


def has_done(call_id: str) -> bytes:
    return event({"type": "function_call_output", "call_id": call_id, "output": "sent"})


def used(tokens: int) -> bytes:
    """The end of a response."""
    usage = {"input_tokens": tokens, "details": {"cached_tokens": tokens // 10}}
    return f"data: {json.dumps({'type': 'response.completed', 'response': {'usage': usage}})}\n\n".encode()


class Place:
    """Where questions are asked. `asks` makes the agent ask before it goes on."""

    def __init__(self, runtime: Runtime, workspace: Workspace) -> None:
        self.runtime, self.workspace = runtime, workspace
        self.store: Store = runtime.store(ANN)
        self._asked_before = len(workspace.requests.invocations)

    def says(self, *chunks: bytes, **fault: Any) -> Any:
        return self.workspace.faults.invocations.next(chunks=[*chunks, DONE], **fault)

    def waiting(self, *chunks: bytes) -> tuple[Question, Turn]:
        """A question whose answer waits after these chunks."""
        self.says(*chunks)
        question = asked("Send it")
        turn = ended(self.runtime.turns.ask(self.store, ASKER, question))
        assert turn.is_waiting
        return question, turn

    def decide(self, question: Question, call_id: str, *, approve: bool = True, reason: str | None = None) -> Turn:
        decision = Decision(call_id, approve, reason)
        return ended(self.runtime.turns.decide(self.store, ASKER, question.chat_id, decision))

    def waits(self, question: Question) -> bool:
        turn = self.runtime.turns.attach(self.store, question.chat_id, is_owner=True)
        return turn is not None and turn.is_waiting

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [request.body for request in self.workspace.requests.invocations[self._asked_before :]]


@pytest.fixture
def place(runtime: Runtime, workspace: Workspace) -> Iterator[Place]:
    yield Place(runtime, workspace)
    workspace.faults.clear()


@pytest.fixture
def ephemeral(platform: dict[str, str], workspace: Workspace) -> Iterator[Place]:
    names = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "LAKEBASE_ENDPOINT", "DATABASE_URL")
    runtime = Runtime.from_environment({name: value for name, value in platform.items() if name not in names})
    yield Place(runtime, workspace)
    runtime.turns.drain(0)
    workspace.faults.clear()


@pytest.fixture(params=["saved", "ephemeral"])
def either(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue("place" if request.param == "saved" else "ephemeral")
    return place


def test_an_approved_call_goes_on_in_the_same_answer(either: Place) -> None:
    question, waiting = either.waiting(said("I will send it. ", "a"), asks_to(CALL))
    shown = either.runtime.turns.attach(either.store, question.chat_id, is_owner=True)
    assert shown and shown.is_waiting and shown.answer.waits_for == [Approval(CALL)]
    assert len(either.store.list_messages(question.chat_id)) == 1
    either.says(has_done(CALL), said("Sent.", "b"))
    turn = either.decide(question, CALL, reason="Go on")
    assert turn.id == waiting.id and turn.status == "complete"
    parts = either.store.list_messages(question.chat_id)[-1].parts
    assert [type(part) for part in parts] == [Text, ToolCall, Approval, ToolResult, Text]
    assert Approval(CALL, is_approved=True, reason="Go on") in parts


def test_a_decision_is_made_once(either: Place) -> None:
    question, _ = either.waiting(asks_to(CALL))
    either.says(said("No, then."))
    either.decide(question, CALL, approve=False)
    with pytest.raises(NotWaiting):
        either.decide(question, CALL)
    assert len(either.requests) == 2


def test_an_agent_that_asks_twice_goes_on_after_both_decisions(either: Place) -> None:
    question, _ = either.waiting(asks_to(CALL), asks_to(OTHER))
    with pytest.raises(NotWaiting):
        either.decide(question, "another call")
    until(
        lambda: (turn := either.runtime.turns.attach(either.store, question.chat_id, is_owner=True)) and turn.is_waiting
    )
    assert either.decide(question, CALL).is_waiting
    assert len(either.requests) == 1
    either.says(has_done(CALL), said("One of them."))
    turn = either.decide(question, OTHER, approve=False)
    assert turn.status == "complete" and len(either.requests) == 2


def test_an_agent_may_ask_again_in_the_same_answer(either: Place) -> None:
    question, _ = either.waiting(asks_to(CALL), used(10))
    either.says(has_done(CALL), asks_to(OTHER), used(20))
    assert either.decide(question, CALL).is_waiting
    either.says(has_done(OTHER), said("Both."), used(30))
    assert either.decide(question, OTHER).answer.content == "Both."
    [_, answer] = either.store.list_messages(question.chat_id)
    assert answer.usage == {"input_tokens": 60, "details": {"cached_tokens": 6}}


def test_a_waiting_chat_takes_no_other_question_until_it_is_stopped(either: Place) -> None:
    question, turn = either.waiting(said("I will send it."), asks_to(CALL))
    with pytest.raises(ChatBusy):
        either.runtime.turns.ask(either.store, ASKER, asked("And now?", question.chat_id))
    assert either.runtime.turns.stop(either.store, question.chat_id)
    answer = either.store.list_messages(question.chat_id)[-1]
    assert (answer.id, answer.status, answer.content) == (turn.id, "stopped", "I will send it.")
    with pytest.raises(NotWaiting):
        either.decide(question, CALL)


def test_asking_the_same_question_again_asks_the_agent_nothing(either: Place) -> None:
    question, turn = either.waiting(asks_to(CALL))
    again = either.runtime.turns.ask(either.store, ASKER, question)
    assert again and again.id == turn.id and again.is_waiting
    assert len(either.requests) == 1


def test_another_process_goes_on_after_a_restart(place: Place, platform: dict[str, str]) -> None:
    question, turn = place.waiting(said("I will send it.", "a"), asks_to(CALL))
    place.runtime.turns.drain(0)
    other = Place(Runtime.from_environment(platform), place.workspace)
    try:
        other.says(has_done(CALL), said("Sent.", "b"))
        went_on = other.decide(question, CALL)
        assert went_on.id == turn.id
        assert other.store.list_messages(question.chat_id)[-1].content == "I will send it.\n\nSent."
    finally:
        other.runtime.turns.drain(0)


def test_two_processes_make_one_decision(place: Place, platform: dict[str, str]) -> None:
    question, _ = place.waiting(asks_to(CALL))
    other = Runtime.from_environment(platform)
    try:
        held = place.says(said("Sent."), hold_after=0)
        place.runtime.turns.decide(place.store, ASKER, question.chat_id, Decision(CALL, is_approved=True))
        with pytest.raises(NotWaiting):
            other.turns.decide(other.store(ANN), ASKER, question.chat_id, Decision(CALL, is_approved=False))
        held.release_all()
        until(lambda: place.store.list_messages(question.chat_id)[-1].content == "Sent.")
    finally:
        other.turns.drain(0)


def test_a_decision_in_a_chat_in_the_trash_is_refused_and_changes_nothing(either: Place) -> None:
    question, _ = either.waiting(asks_to(CALL))
    either.store.trash_chat(question.chat_id)
    with pytest.raises(NotWaiting):
        either.decide(question, CALL)
    either.store.restore_chat(question.chat_id)
    assert either.waits(question)


def test_a_turn_that_another_process_has_claimed_is_left_to_it(place: Place, database: Database) -> None:
    """This one was cut off from the database when it wanted to let the turn wait."""
    question, turn = place.waiting(asks_to(CALL))
    store, here = PostgresStore(database, ANN), place.runtime.turns.owner
    assert store.claim_waiting_turn(question.chat_id, "another process")
    assert store.park_turn(ParkedTurn(turn.id, turn.chat_id, here, turn.log))
    running = store.running_turn(question.chat_id)
    assert running and not running.is_waiting
    assert store.park_turn(ParkedTurn(turn.id, turn.chat_id, "another process", turn.log))
    assert store.park_turn(ParkedTurn(turn.id, turn.chat_id, here, turn.log))
    assert place.waits(question)


def test_a_turn_is_stopped_that_begins_to_wait_meanwhile(place: Place) -> None:
    question, turn = place.waiting(said("I will send it."), asks_to(CALL))
    assert place.store.claim_waiting_turn(question.chat_id, "another process")
    request_stop = place.store.request_stop

    def parked_before(chat_id: UUID) -> bool:
        assert place.store.park_turn(ParkedTurn(turn.id, chat_id, "another process", turn.log))
        return request_stop(chat_id)

    place.store.request_stop = parked_before  # type: ignore[method-assign]
    assert place.runtime.turns.stop(place.store, question.chat_id)
    assert place.store.list_messages(question.chat_id)[-1].status == "stopped"


def test_a_waiting_turn_is_not_dead_for_processes_that_know_of_no_waiting(place: Place, database: Database) -> None:
    """They see a turn without a heartbeat."""
    question, turn = place.waiting(asks_to(CALL))
    registry = PostgresTurnRegistry(database)
    registry.record_heartbeat(place.runtime.turns.owner, [turn.id])
    beats = "SELECT heartbeat_at > now() + interval '1 hour' FROM chat.turns"
    assert rows(database, beats) == [(True,)]
    assert place.store.claim_waiting_turn(question.chat_id, "another process")
    assert rows(database, beats) == [(False,)]


def test_a_waiting_turn_is_not_dead_however_long_it_waits(place: Place, database: Database) -> None:
    question, turn = place.waiting(asks_to(CALL))
    database.rows("record_heartbeat", scope="process", owner="", turn_ids=[])
    time.sleep(0.01)
    claimed = place.runtime.turns.recovery._turn_registry.claim_dead_turns("another process", 0)
    assert claimed == []
    running = place.store.running_turn(question.chat_id)
    assert isinstance(running, RunningTurn) and running.is_waiting and running.id == turn.id


def test_the_turn_of_a_process_that_died_before_it_was_parked_waits(place: Place, platform: dict[str, str]) -> None:
    question, turn = place.waiting(asks_to(CALL))
    assert place.store.claim_waiting_turn(question.chat_id, "a process that died")
    other = Runtime.from_environment(platform)
    try:
        recovery = other.turns.recovery
        for claimed in recovery._turn_registry.claim_dead_turns(recovery._owner, 0):
            recovery._recover(claimed)
        running = place.store.running_turn(question.chat_id)
        assert running and running.is_waiting and running.id == turn.id
    finally:
        other.turns.drain(0)


def test_during_an_outage_a_chat_goes_on_whose_answer_has_waited_here_and_ended_elsewhere(
    resilient: Runtime,  # noqa: F811
    proxy: TcpProxy,  # noqa: F811
    workspace: Workspace,
    platform: dict[str, str],
) -> None:
    here = Place(resilient, workspace)
    question, _ = here.waiting(asks_to(CALL))
    other = Place(Runtime.from_environment(platform), workspace)
    try:
        other.says(has_done(CALL), said("Sent."))
        other.decide(question, CALL)
        here.store.get_chat(question.chat_id)
        assert here.store.list_messages(question.chat_id)[-1].content == "Sent."
        lose_database(resilient, proxy)
        turn = here.runtime.turns.ask(here.store, ASKER, asked("And now?", question.chat_id))
        assert ended(turn).status == "complete"
    finally:
        other.runtime.turns.drain(0)


def test_chats_in_memory_that_wait_make_room_for_others() -> None:
    store = MemoryStore(MemoryChats(max_chats=1), ANN)
    store.start_turn(waiting := new_turn())
    store.start_turn(at_work := new_turn())
    assert len(store.list_chats().chats) == 2
    assert store.park_turn(ParkedTurn(waiting.turn_id, waiting.chat_id, waiting.owner, []))
    store.start_turn(newest := new_turn())
    assert {chat.id for chat in store.list_chats().chats} == {at_work.chat_id, newest.chat_id}
