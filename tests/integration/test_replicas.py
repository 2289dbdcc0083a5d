"""Two processes over one database behave as one app."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from lib.chat.turn import Turn
from lib.config import load
from lib.db.database import Database
from lib.errors import ChatBusy
from lib.identity import Asker
from lib.runtime import Runtime
from lib.store import edits
from local.workspace import Fault, Workspace
from tests.conftest import ANN, BOB
from tests.integration.test_turns import asked, ended
from tests.waiting import until

AS_PROCESS = "SET LOCAL chat.scope = 'process';"
LONG_AGO = "UPDATE chat.turns SET heartbeat_at = now() - interval '1 minute'"
LONG = "Tell me everything about the data"


@pytest.fixture
def elsewhere(platform: dict[str, str]) -> Iterator[Runtime]:
    """Another process of the app."""
    made = Runtime(load(platform))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Fault]:
    """The next answer stops after its first chunks until it is released."""
    fault = workspace.faults.invocations.next(hold_after=20)
    yield fault
    fault.release_all()


def raws(turn: Turn) -> list[str]:
    return [chunk.raw for _, chunk in turn.chunks.after(0) if chunk.raw]


def test_another_process_streams_an_answer_chunk_by_chunk(runtime: Runtime, elsewhere: Runtime, held: Fault) -> None:
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert here
    until(lambda: len(here.chunks) >= 20)
    there = elsewhere.turns.attach(elsewhere.store(ANN), question.chat_id, is_owner=True)
    assert there and there.id == here.id
    with there.chunks.watched():
        until(lambda: len(there.chunks) >= 20)
        held.release_all()
        ended(there)
    assert raws(there) == raws(ended(here))
    assert there.answer.content == here.answer.content
    assert (there.status, elsewhere.is_saved(there)) == ("complete", True)


def test_readers_at_another_process_are_left_behind_when_sharing_ends_and_the_owner_is_not(
    runtime: Runtime, elsewhere: Runtime, held: Fault
) -> None:
    question, ann = asked(LONG), runtime.store(ANN)
    here = runtime.turns.ask(ann, Asker(ANN, None), question)
    assert here
    ann.edit_chat(question.chat_id, edits.set_visibility("public"))
    read = elsewhere.turns.attach(elsewhere.store(BOB), question.chat_id, is_owner=False)
    mine = elsewhere.turns.attach(elsewhere.store(ANN), question.chat_id, is_owner=True)
    assert read and mine and read is not mine
    with read.chunks.watched(), mine.chunks.watched():
        until(lambda: len(read.chunks) >= 20)
        ann.edit_chat(question.chat_id, edits.set_visibility("private"))
        until(lambda: read.chunks.closed)
        assert not mine.chunks.closed
        held.release_all()
        assert ended(mine).status == "complete"
    assert mine.answer.content == ended(here).answer.content != read.answer.content


def test_a_stop_at_another_process_closes_the_agents_connection_and_keeps_the_partial_answer(
    runtime: Runtime, elsewhere: Runtime, held: Fault, workspace: Workspace
) -> None:
    workspace.requests.clear()
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert here
    until(lambda: here.answer.content)
    assert elsewhere.turns.stop(elsewhere.store(ANN), question.chat_id)
    assert ended(here).status == "stopped"
    answer = elsewhere.store(ANN).list_messages(question.chat_id)[-1]
    assert (answer.status, answer.content) == ("stopped", here.answer.content)
    until(lambda: workspace.requests.invocations[0].closed_by_client)


def test_a_second_question_during_an_answer_is_refused_by_every_process(
    runtime: Runtime, elsewhere: Runtime, held: Fault
) -> None:
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    with pytest.raises(ChatBusy):
        elsewhere.turns.ask(elsewhere.store(ANN), Asker(ANN, None), asked("And now?", question.chat_id))
    held.release_all()
    ended(here)


def test_the_same_question_sent_to_two_processes_is_asked_once(
    runtime: Runtime, elsewhere: Runtime, held: Fault, workspace: Workspace
) -> None:
    workspace.requests.clear()
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    there = elsewhere.turns.ask(elsewhere.store(ANN), Asker(ANN, None), question)
    assert here and there and here.id == there.id
    held.release_all()
    with there.chunks.watched():
        assert ended(there).answer.content == ended(here).answer.content
    assert len(workspace.requests.invocations) == 1


def test_the_turn_of_a_dead_process_is_ended_once_with_everything_that_was_logged(
    runtime: Runtime, elsewhere: Runtime, held: Fault, database: Database
) -> None:
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert here
    until(lambda: here.logged >= 20)
    said = here.answer.content
    # A heartbeat in between makes it young again.
    until(lambda: age(database) or elsewhere.turns.recovery.check_now())
    answer = elsewhere.store(ANN).list_messages(question.chat_id)[-1]
    assert (answer.id, answer.status, answer.content) == (here.id, "interrupted", said)
    assert not elsewhere.store(ANN).get_chat(question.chat_id).running  # type: ignore[union-attr]


def test_an_answer_taken_for_dead_is_replaced_by_its_real_ending(
    runtime: Runtime, elsewhere: Runtime, held: Fault, database: Database
) -> None:
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert here
    until(lambda: here.logged >= 20)
    # A heartbeat in between makes it young again.
    until(lambda: age(database) or elsewhere.turns.recovery.check_now())
    assert elsewhere.store(ANN).list_messages(question.chat_id)[-1].status == "interrupted"
    held.release_all()
    ended(here)
    answer = elsewhere.store(ANN).list_messages(question.chat_id)[-1]
    assert (answer.status, answer.content) == ("complete", here.answer.content)


def test_the_turn_log_is_empty_after_all_turns_have_ended(runtime: Runtime, database: Database) -> None:
    question = asked(LONG)
    ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question))
    until(lambda: count(database, "chat.turn_log") == 0)


def age(database: Database) -> None:
    """Make the processes of all turns look as if they had sent no heartbeat for a minute."""
    with database.engine.connect() as connection:
        connection.execute(text(f"{AS_PROCESS} {LONG_AGO}"))


def count(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.scalar(text(f"{AS_PROCESS} SELECT count(*) FROM {table}")))  # type: ignore[arg-type]  # noqa: S608
