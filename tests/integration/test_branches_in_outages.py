"""Branches while the database is away, and over several processes: what is asked late or elsewhere keeps its place."""

from dataclasses import replace
from uuid import UUID

import pytest

from lib.chat.another_answer import question_again
from lib.chat.turn import Question, Turn
from lib.db.database import Database
from lib.errors import ChatBusy, DatabaseUnavailable
from lib.identity import Asker
from lib.outage.pending_write import PendingWrite
from lib.runtime import Runtime
from lib.store.answer_ids import new_answer_id
from lib.store.models import Message
from lib.store.postgres import PostgresStore
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, administer
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_replicas import LONG_AGO
from tests.integration.test_replicas import elsewhere as elsewhere
from tests.integration.test_resilient_store import ask, asked, lose_database, restore_database
from tests.integration.test_resilient_store import proxy as proxy
from tests.integration.test_resilient_store import resilient as resilient
from tests.integration.test_store import new_turn
from tests.integration.test_turns import ended
from tests.waiting import until

FIRST, SECOND = "How many orders are there?", "Who are our top 10 customers?"


def talk(runtime: Runtime) -> tuple[Question, Question]:
    """Two questions, answered; the chat has been looked at."""
    first = asked(FIRST)
    ask(runtime, first)
    ask(runtime, second := asked(SECOND, first.chat_id))
    runtime.store(ANN).list_messages(first.chat_id)
    return first, second


def regenerated(runtime: Runtime, question: Question) -> Turn:
    return ask(runtime, question_again(runtime.store(ANN), question.chat_id, question.turn_id, new_answer_id()))


def questions(messages: list[Message]) -> list[str]:
    return [message.content for message in messages if message.role == "user"]


def ids(messages: list[Message]) -> list[UUID]:
    return [message.id for message in messages]


def test_an_edit_and_a_regeneration_during_an_outage_are_shown_and_saved_where_they_belong(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    first, second = talk(resilient)
    lose_database(resilient, proxy)
    edited = replace(asked("Or rather the top 3?", first.chat_id), follows=first.turn_id)
    ask(resilient, edited)
    shown = resilient.store(ANN).list_messages(first.chat_id)
    assert ids(shown) == [first.question_id, first.turn_id, edited.question_id, edited.turn_id]
    assert shown[2].siblings == [second.question_id, edited.question_id]
    again = regenerated(resilient, first)
    shown = resilient.store(ANN).list_messages(first.chat_id)
    assert ids(shown) == [first.question_id, again.id]
    assert shown[1].siblings == [first.turn_id, again.id]
    restore_database(resilient, proxy)
    store = PostgresStore(database, ANN)
    assert [(said.id, said.siblings) for said in store.list_messages(first.chat_id)] == [
        (said.id, said.siblings) for said in shown
    ]
    assert store.open_branch(first.chat_id, edited.turn_id)
    assert ids(store.list_messages(first.chat_id))[2:] == [edited.question_id, edited.turn_id]


def test_a_late_question_stays_on_the_branch_on_which_it_was_asked(
    resilient: Runtime, proxy: TcpProxy, elsewhere: Runtime, database: Database
) -> None:
    first, second = talk(resilient)
    lose_database(resilient, proxy)
    ask(resilient, late := asked("And last year?", first.chat_id))
    # Another process still has the database, and the person opens another branch there.
    again = regenerated(elsewhere, first)
    restore_database(resilient, proxy)
    store = PostgresStore(database, ANN)
    assert store.open_branch(first.chat_id, late.turn_id)
    shown = store.list_messages(first.chat_id)
    assert questions(shown) == [FIRST, SECOND, "And last year?"]
    assert shown[1].siblings == [first.turn_id, again.id]
    assert shown[-2].parent_id == second.turn_id


def test_what_follows_something_that_was_never_saved_goes_to_the_end(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    first, second = talk(resilient)
    lose_database(resilient, proxy)
    ask(resilient, asked("And last year?", first.chat_id))
    # An earlier version deleted rows, or a dead letter had no placeholder: what the question followed is not there.
    (waiting, ending) = resilient.outbox.of_chat(first.chat_id)
    assert waiting.what.follows == second.turn_id  # type: ignore[union-attr]
    store = PostgresStore(database, ANN)
    orphan = PendingWrite(ANN, replace(waiting.what, follows=new_answer_id()))  # type: ignore[type-var]
    assert orphan.apply(store)
    assert ending.apply(store) is None
    restore_database(resilient, proxy)
    assert questions(store.list_messages(first.chat_id)) == [FIRST, SECOND, "And last year?"]


def test_switching_waits_for_the_database_and_the_cache_learns_of_it(
    resilient: Runtime, proxy: TcpProxy, database: Database
) -> None:
    first, second = talk(resilient)
    again = regenerated(resilient, first)
    store = resilient.store(ANN)
    assert ids(store.list_messages(first.chat_id)) == [first.question_id, again.id]
    assert store.open_branch(first.chat_id, second.turn_id)
    lose_database(resilient, proxy)
    # The branch that is open now was never read here, and the other one must not be shown for it.
    for attempt in (
        lambda: store.list_messages(first.chat_id),
        lambda: store.open_branch(first.chat_id, again.id),
        lambda: store.copy_chat(first.chat_id, new_answer_id(), again.id),
    ):
        with pytest.raises(DatabaseUnavailable):
            attempt()
    restore_database(resilient, proxy)
    assert len(store.list_messages(first.chat_id)) == 4
    lose_database(resilient, proxy)
    assert len(store.list_messages(first.chat_id)) == 4
    assert store.list_replies(first.chat_id, first.question_id) == [first.turn_id, again.id]
    restore_database(resilient, proxy)
    assert len(PostgresStore(database, ANN).list_messages(first.chat_id)) == 4


def test_an_answer_that_ends_on_another_branch_changes_nothing_of_what_the_cache_shows(
    resilient: Runtime, proxy: TcpProxy, workspace: Workspace
) -> None:
    first, second = talk(resilient)
    store, held = resilient.store(ANN), workspace.faults.invocations.next(hold_after=2)
    question = question_again(store, first.chat_id, first.turn_id, new_answer_id())
    turn = resilient.turns.ask(store, Asker(ANN, None), question)
    assert store.open_branch(first.chat_id, second.turn_id)
    before = ids(store.list_messages(first.chat_id))
    lose_database(resilient, proxy)
    held.release_all()
    ended(turn)
    assert ids(store.list_messages(first.chat_id)) == before
    restore_database(resilient, proxy)
    assert ids(store.list_messages(first.chat_id)) == before


def test_what_is_not_on_the_branch_in_the_cache_cannot_be_branched_from_now(
    resilient: Runtime, proxy: TcpProxy
) -> None:
    first, second = talk(resilient)
    again = regenerated(resilient, first)
    store = resilient.store(ANN)
    assert ids(store.list_messages(first.chat_id)) == [first.question_id, again.id]
    lose_database(resilient, proxy)
    with pytest.raises(DatabaseUnavailable):
        ask(resilient, replace(asked("And?", first.chat_id), follows=second.turn_id))
    with pytest.raises(DatabaseUnavailable):
        regenerated(resilient, second)
    assert len(resilient.outbox) == 0
    restore_database(resilient, proxy)


def test_another_process_sees_the_branch_that_was_opened_here_and_answers_on_it(
    runtime: Runtime, elsewhere: Runtime
) -> None:
    first, second = talk(runtime)
    again = regenerated(elsewhere, first)
    assert ids(runtime.store(ANN).list_messages(first.chat_id)) == [first.question_id, again.id]
    assert runtime.store(ANN).open_branch(first.chat_id, second.turn_id)
    ask(elsewhere, third := asked("And last year?", first.chat_id))
    shown = runtime.store(ANN).list_messages(first.chat_id)
    assert questions(shown) == [FIRST, SECOND, "And last year?"]
    assert shown[-1].id == third.turn_id


def test_no_two_processes_answer_on_two_branches_at_once_and_a_switch_elsewhere_holds(
    runtime: Runtime, elsewhere: Runtime, database: Database, workspace: Workspace
) -> None:
    first, second = talk(runtime)
    held = workspace.faults.invocations.next(hold_after=2)
    here = runtime.turns.ask(
        runtime.store(ANN),
        Asker(ANN, None),
        question_again(runtime.store(ANN), first.chat_id, first.turn_id, new_answer_id()),
    )
    assert here
    store = elsewhere.store(ANN)
    with pytest.raises(ChatBusy):
        regenerated(elsewhere, second)
    assert store.open_branch(first.chat_id, second.turn_id)
    held.release_all()
    ended(here)
    until(lambda: runtime.is_saved(here))
    assert len(ids(PostgresStore(database, ANN).list_messages(first.chat_id))) == 4
    assert store.list_replies(first.chat_id, first.question_id) == [first.turn_id, here.id]


def test_the_answer_of_a_process_that_died_is_recovered_on_its_own_branch(
    runtime: Runtime, elsewhere: Runtime, database: Database, cluster: Cluster, database_name: str
) -> None:
    first, second = talk(runtime)
    store = PostgresStore(database, ANN)
    new = new_turn(first.chat_id, FIRST, question_id=first.question_id, is_beginning=True, owner="dead")
    assert store.start_turn(new).is_new
    assert store.open_branch(first.chat_id, second.turn_id)
    administer(cluster, f"{LONG_AGO} WHERE owner = 'dead'", database_name)
    # Either of the two may find it in the course of its heartbeat, too.
    until(lambda: elsewhere.turns.recovery.check_now() or store.running_turn(first.chat_id) is None)
    assert len(store.list_messages(first.chat_id)) == 4
    assert store.open_branch(first.chat_id, new.turn_id)
    _, answer = store.list_messages(first.chat_id)
    assert (answer.status, answer.siblings) == ("interrupted", [first.turn_id, new.turn_id])
