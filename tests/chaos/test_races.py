"""Races: two things happen at the same time, each held long enough to be observed."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from lib.chat.turn import Question, Turn
from lib.db.database import Database
from lib.errors import ChatBusy, Gone, MovedOn
from lib.identity import Asker
from lib.messages.parts import Text
from lib.runtime import Runtime
from lib.store.answer_ids import new_answer_id
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.turn_models import LogRow
from lib.store.turn_registry import PostgresTurnRegistry
from local.postgres import Cluster
from local.workspace import Fault, Workspace
from tests.conftest import ANN, BOB
from tests.integration.test_replicas import age, count, elsewhere
from tests.integration.test_turns import asked, ended
from tests.waiting import MAX_WAIT_SECONDS, until

__all__ = ["elsewhere"]
SHORT, LONG = "Which region sold most last quarter?", "Tell me everything about the data"
ALSO = {
    "start_turn": "SELECT FROM chat.turns WHERE chat_id = %s FOR UPDATE",
    "delete_chat": "DELETE FROM chat.turns WHERE chat_id = %s",
}
ANSWERED = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content)
SELECT %s, chat_id, user_id, id, 'assistant', 'complete', '[]', 'Said.' FROM chat.messages WHERE id = %s
"""
ASKED = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content)
SELECT %s, chat_id, user_id, id, 'user', 'complete', '[]', 'Since.' FROM chat.messages WHERE id = %s
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def held(workspace: Workspace) -> Iterator[Fault]:
    """The next answer stops after its first chunks until it is released."""
    fault = workspace.faults.invocations.next(hold_after=20)
    yield fault
    fault.release_all()


class LockHolder:
    """A superuser's session whose transaction keeps its locks until it is released."""

    def __init__(self, cursor: Any, looker: Any) -> None:
        self._cursor = cursor
        self._looker = looker

    def execute(self, statement: str, *values: object) -> None:
        self._cursor.execute(statement, [str(value) for value in values])

    def release(self) -> None:
        self._cursor.connection.commit()

    def blocks_somebody(self) -> bool:
        self._looker.execute(WAITING)
        return int(self._looker.fetchone()[0]) > 0


@pytest.fixture
def holder_session(cluster: Cluster, database_name: str) -> Iterator[LockHolder]:
    dsn = cluster.admin_dsn(database_name)
    with closing(psycopg2.connect(dsn)) as holder, closing(psycopg2.connect(dsn)) as looker:
        looker.autocommit = True
        yield LockHolder(holder.cursor(), looker.cursor())


@contextmanager
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def new_turn(runtime: Runtime, question: Question) -> NewTurn:
    return NewTurn(
        turn_id=question.turn_id,
        chat_id=question.chat_id,
        question_id=question.question_id,
        question=question.text,
        title="A title",
        agent=None,
        owner=runtime.turns.owner,
    )


def ending(turn: NewTurn) -> Ending:
    said = "All there is to say."
    return Ending(
        turn_id=turn.turn_id,
        chat_id=turn.chat_id,
        question_id=turn.question_id,
        status="complete",
        parts=[Text(said)],
        content=said,
        trace_id=None,
        usage=None,
        first_event_ms=1,
    )


def test_an_answer_that_is_stopped_the_moment_it_is_asked_for_ends(runtime: Runtime) -> None:
    store = runtime.store(ANN)
    for _ in range(10):
        question = asked(LONG)
        turn = runtime.turns.ask(store, Asker(ANN, None), question)
        assert runtime.turns.stop(store, question.chat_id)
        assert ended(turn).status in ("stopped", "complete")
        assert store.running_turn(question.chat_id) is None


def test_a_question_asked_when_the_previous_answer_was_just_stored_is_run_by_this_process(
    runtime: Runtime, workspace: Workspace
) -> None:
    store = runtime.store(ANN)
    for _ in range(10):
        first = asked(SHORT)
        second = asked(SHORT, first.chat_id)
        ending = workspace.faults.invocations.next(hold_after=2)
        before = runtime.turns.ask(store, Asker(ANN, None), first)
        assert before
        until(partial(has_begun, before))
        fault = workspace.faults.invocations.next(hold_after=2)
        ending.release_all()
        now = ask_at_the_earliest(runtime, second)
        ended(before)
        assert runtime.turns.attach(store, first.chat_id, is_owner=True) is now
        assert runtime.turns.running == 1
        fault.release_all()
        ended(now)


def has_begun(turn: Turn) -> bool:
    return len(turn.chunks) >= 2


def ask_at_the_earliest(
    runtime: Runtime, question: Question, before_each: Callable[[], object] = lambda: None
) -> Turn | None:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        before_each()
        try:
            return runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
        except ChatBusy:
            continue
    raise AssertionError("the chat stays busy")


def test_a_question_sent_again_gets_its_own_answer_while_another_runs(runtime: Runtime, workspace: Workspace) -> None:
    store, first = runtime.store(ANN), asked(SHORT)
    ended(runtime.turns.ask(store, Asker(ANN, None), first))
    fault = workspace.faults.invocations.next(hold_after=2)
    now = runtime.turns.ask(store, Asker(ANN, None), asked(LONG, first.chat_id))
    assert runtime.turns.ask(store, Asker(ANN, None), first) is None
    fault.release_all()
    ended(now)


def test_a_question_whose_start_was_not_confirmed_is_answered_when_it_is_sent_again(
    runtime: Runtime, workspace: Workspace
) -> None:
    workspace.requests.clear()
    store, question = runtime.store(ANN), asked(SHORT)
    # As if the connection had broken between the commit and its confirmation.
    store.start_turn(new_turn(runtime, question))
    with beside() as pool:
        turns = list(pool.map(lambda _: runtime.turns.ask(store, Asker(ANN, None), question), range(2)))
    assert all(ended(turn).status == "complete" for turn in turns if turn)
    assert any(turns)
    assert len(workspace.requests.invocations) == 1


def test_a_chat_whose_process_died_accepts_a_question_though_nobody_opened_it(
    runtime: Runtime, elsewhere: Runtime, held: Fault, database: Database
) -> None:
    question = asked(LONG)
    here = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), question)
    assert here
    until(lambda: here.logged >= 20)
    # The process is not dead and beats every few seconds, so its turn is made to look old before each attempt.
    ended(ask_at_the_earliest(elsewhere, asked(SHORT, question.chat_id), lambda: age(database)))
    held.release_all()
    ended(here)


def test_the_log_of_a_recovered_turn_is_deleted_without_another_question(
    runtime: Runtime, elsewhere: Runtime, database: Database
) -> None:
    orphan = new_turn(runtime, asked(LONG))
    runtime.store(ANN).start_turn(orphan)
    PostgresTurnRegistry(database).write_log(runtime.turns.owner, [LogRow(orphan.turn_id, 1, ["{}"])])
    age(database)
    elsewhere.turns.recovery.check_now()
    until(lambda: count(database, "chat.turn_log") == 0)


def test_an_unconfirmed_log_write_loses_nothing_of_the_next_write(runtime: Runtime, database: Database) -> None:
    orphan, turn_registry = new_turn(runtime, asked(LONG)), PostgresTurnRegistry(database)
    runtime.store(ANN).start_turn(orphan)
    turn_registry.write_log(orphan.owner, [LogRow(orphan.turn_id, 1, ["1", "2"])])
    turn_registry.write_log(orphan.owner, [LogRow(orphan.turn_id, 1, ["1", "2", "3", "4"])])
    # The write that was sent first may also arrive last.
    turn_registry.write_log(orphan.owner, [LogRow(orphan.turn_id, 1, ["1", "2"])])
    turn_registry.write_log(orphan.owner, [LogRow(orphan.turn_id, 5, ["5"])])
    reading = runtime.store(ANN).read_log(orphan.turn_id, after=0)
    assert reading and reading.chunks == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("also", ALSO)
def test_an_answer_is_stored_although_another_transaction_holds_its_chat(
    runtime: Runtime, holder_session: LockHolder, also: str
) -> None:
    store, turn = runtime.store(ANN), new_turn(runtime, asked(SHORT))
    store.start_turn(turn)
    # Each of them locks the chat before the turn; this test stops it between the two locks.
    holder_session.execute("SELECT FROM chat.chats WHERE id = %s FOR UPDATE", turn.chat_id)
    with beside() as pool:
        finishing = pool.submit(store.finish_turn, ending(turn))
        until(holder_session.blocks_somebody)
        holder_session.execute(ALSO[also], turn.chat_id)
        holder_session.release()
        finishing.result()
    stored = [message.status for message in store.list_messages(turn.chat_id) if message.role == "assistant"]
    assert stored == ([] if also == "delete_chat" else ["complete"])


def test_a_question_that_waited_for_the_previous_answer_has_that_answer_as_parent(
    runtime: Runtime, holder_session: LockHolder
) -> None:
    store, first = runtime.store(ANN), new_turn(runtime, asked(SHORT))
    store.start_turn(first)
    next_one = new_turn(runtime, asked(SHORT, first.chat_id))
    # The answer is stored by a statement that is not committed yet: it holds the chat, as finish_turn does.
    holder_session.execute("SELECT FROM chat.chats WHERE id = %s FOR NO KEY UPDATE", first.chat_id)
    holder_session.execute("UPDATE chat.turns SET status = 'complete', ended_at = now() WHERE id = %s", first.turn_id)
    holder_session.execute(ANSWERED, first.turn_id, first.question_id)
    with beside() as pool:
        asking = pool.submit(store.start_turn, next_one)
        until(holder_session.blocks_somebody)
        holder_session.release()
        asking.result()
    branch = [message.id for message in store.list_messages(first.chat_id)]
    assert branch == [first.question_id, first.turn_id, next_one.question_id]


def test_a_retry_that_waited_for_another_question_is_refused(runtime: Runtime, holder_session: LockHolder) -> None:
    store, first = runtime.store(ANN), new_turn(runtime, asked(SHORT))
    store.start_turn(first)
    store.finish_turn(ending(first))
    retry = replace(first, turn_id=new_answer_id())
    # Another tab has asked, and its statement is not committed yet.
    holder_session.execute("SELECT FROM chat.chats WHERE id = %s FOR NO KEY UPDATE", first.chat_id)
    holder_session.execute(ASKED, str(uuid4()), first.turn_id)
    with beside() as pool:
        retrying = pool.submit(store.start_turn, retry)
        until(holder_session.blocks_somebody)
        holder_session.release()
        with pytest.raises(MovedOn):
            retrying.result()
    assert [said.content for said in store.list_messages(first.chat_id)][::2] == [SHORT, "Since."]
    assert store.running_turn(first.chat_id) is None


@pytest.mark.parametrize("what", ["a question", "a copy"])
def test_a_write_that_waited_for_a_deletion_finds_the_chat_gone(
    runtime: Runtime, holder_session: LockHolder, what: str
) -> None:
    store, first, source = runtime.store(ANN), new_turn(runtime, asked(SHORT)), new_turn(runtime, asked(SHORT))
    for turn in (first, source):
        store.start_turn(turn)
        store.finish_turn(ending(turn))
    holder_session.execute("DELETE FROM chat.chats WHERE id = %s", first.chat_id)
    holder_session.execute("INSERT INTO chat.deleted_chats (id, user_id) VALUES (%s, %s)", first.chat_id, ANN.id)
    late = new_turn(runtime, asked(SHORT, first.chat_id))
    with beside() as pool:
        copy = partial(store.copy_chat, source.chat_id, first.chat_id)
        waiting = pool.submit(copy) if what == "a copy" else pool.submit(store.start_turn, late)
        until(holder_session.blocks_somebody)
        holder_session.release()
        with pytest.raises(Gone):
            waiting.result()
    assert [chat.id for chat in store.list_chats().chats] == [source.chat_id]


def test_a_question_and_a_deletion_at_the_same_moment_leave_no_remnant_of_the_chat(
    runtime: Runtime, database: Database
) -> None:
    store, outcomes = PostgresStore(database, ANN), set()
    for _ in range(40):
        store.start_turn(first := new_turn(runtime, asked(SHORT)))
        store.finish_turn(ending(first))
        late, together = new_turn(runtime, asked(SHORT, first.chat_id)), Barrier(2)
        with beside() as pool:
            asking = pool.submit(lambda: (together.wait(), store.start_turn(late)))  # noqa: B023
            deleting = pool.submit(lambda: (together.wait(), store.delete_chat(first.chat_id))[1])  # noqa: B023
            assert deleting.result()
            outcomes.add(type(asking.exception()))
        assert store.list_messages(first.chat_id) == []
    assert outcomes <= {type(None), Gone}
    assert store.list_chats().chats == []
    assert count(database, "chat.messages") == count(database, "chat.turns") == 0


def test_a_turn_that_begins_while_the_last_log_is_deleted_is_logged(
    runtime: Runtime, workspace: Workspace, holder_session: LockHolder, database: Database
) -> None:
    ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked(SHORT)))
    holder_session.execute("LOCK TABLE chat.turn_log IN SHARE MODE")
    until(holder_session.blocks_somebody)
    fault = workspace.faults.invocations.next(hold_after=20)
    turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked(LONG))
    assert turn
    until(lambda: turn.answer.content)
    holder_session.release()
    until(lambda: turn.logged >= 20)
    fault.release_all()
    ended(turn)


def test_a_process_sends_no_heartbeat_for_a_turn_it_does_not_run(
    runtime: Runtime, held: Fault, database: Database
) -> None:
    orphan = new_turn(runtime, asked(SHORT))
    runtime.store(BOB).start_turn(orphan)
    running = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked(LONG))
    assert running
    until(lambda: running.answer.content)
    age(database)
    theirs = runtime.store(BOB)
    until(lambda: [said.status for said in theirs.list_messages(orphan.chat_id)] == ["complete", "interrupted"])
    assert running.status == "running" and runtime.store(ANN).running_turn(running.chat_id)
    held.release_all()
    assert ended(running).status == "complete"
