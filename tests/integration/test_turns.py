"""Turns over the real database and the local workspace."""

import time
from uuid import UUID, uuid4

import pytest

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.errors import ChatBusy
from lib.identity import Asker
from lib.messages.parts import Text, ToolCall, ToolResult
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.waiting import MAX_WAIT_SECONDS

pytestmark = pytest.mark.on_every_postgres


def asked(text: str, chat_id: UUID | None = None) -> Question:
    question_id = uuid4()
    return Question(chat_id or uuid4(), question_id, first_answer_id(question_id), text)


def ended(turn: Turn | None, within_seconds: float = MAX_WAIT_SECONDS) -> Turn:
    assert turn is not None
    deadline = time.monotonic() + within_seconds
    while not turn.chunks.closed and time.monotonic() < deadline:
        turn.chunks.wait(len(turn.chunks), 0.1)
    assert turn.chunks.closed, "the turn did not end"
    return turn


def test_an_answer_is_stored_with_its_question(runtime: Runtime) -> None:
    store = runtime.store(ANN)
    question = asked("Which region sold most last quarter?")
    turn = ended(runtime.turns.ask(store, Asker(ANN, None), question))
    said, answer = store.list_messages(question.chat_id)
    assert (said.content, said.role) == (question.text, "user")
    assert (answer.id, answer.status, answer.parent_id) == (turn.id, "complete", said.id)
    assert answer.trace_id and answer.content == turn.answer.content
    assert {type(part) for part in answer.parts} >= {Text, ToolCall, ToolResult}


def test_the_agent_remembers_what_was_said_before(runtime: Runtime) -> None:
    store, first = runtime.store(ANN), asked("Which region sold most last quarter?")
    ended(runtime.turns.ask(store, Asker(ANN, None), first))
    turn = ended(runtime.turns.ask(store, Asker(ANN, None), asked("What did I ask first?", first.chat_id)))
    assert first.text in turn.answer.content


def test_a_second_question_during_an_answer_is_refused(runtime: Runtime, workspace: Workspace) -> None:
    store, first = runtime.store(ANN), asked("Tell me everything about the data")
    fault = workspace.faults.invocations.next(hold_after=3)
    turn = runtime.turns.ask(store, Asker(ANN, None), first)
    with pytest.raises(ChatBusy):
        runtime.turns.ask(store, Asker(ANN, None), asked("And now?", first.chat_id))
    fault.release_all()
    ended(turn)
    assert [message.role for message in store.list_messages(first.chat_id)] == ["user", "assistant"]
