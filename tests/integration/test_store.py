"""The behaviour of every store of a user's chats; each test runs over Postgres and over memory."""

import inspect
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
from sqlalchemy import text

from lib.db.database import Database
from lib.errors import BadInput, ChatBusy, Gone, MovedOn, NoSuchMessage, NotAnAnswer, NotFound
from lib.identity import User
from lib.messages.parts import ContextMessage, FollowUp, Text, Unknown, content_of
from lib.store import bulk_edits, edits
from lib.store.allowed_tools import AllowedTool
from lib.store.answer_ids import new_answer_id
from lib.store.chat_summary import ChatFilter
from lib.store.context import Context, ContextPlace, Unsummarised
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import Chat, Ending, Message, NewTurn, Status
from lib.store.postgres import PostgresStore
from lib.store.store import Store
from lib.store.turn_models import LogReading, LogRow, ParkedTurn
from lib.store.turn_registry import PostgresTurnRegistry
from lib.tables.charts import Chart
from local.postgres import Cluster
from tests.conftest import ANN, BOB
from tests.integration.imported_chats import made_chat
from tests.integration.stores import Stores

pytestmark = pytest.mark.on_every_postgres
CHART = Chart("bar", "region", "revenue", "year")
NOON = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores) -> Store:
    return stores.store(replace(BOB, id=f"bob-{uuid4()}"))


def new_turn(chat_id: UUID | None = None, question: str = "How much?", **fields: Any) -> NewTurn:
    ids = {"turn_id": new_answer_id(), "chat_id": chat_id or uuid4(), "question_id": uuid4()}
    return NewTurn(**{**ids, "question": question, "title": question[:60], "agent": "demo", "owner": "me", **fields})


def ending_of(turn: NewTurn, said: str = "42", status: Status = "complete", **fields: Any) -> Ending:
    given = {"trace_id": "tr-1", "usage": {"output_tokens": 2}, "first_event_ms": 7, "asked_as": "user", **fields}
    ids = {"turn_id": turn.turn_id, "chat_id": turn.chat_id, "question_id": turn.question_id}
    return Ending(**{**ids, "status": status, "parts": [Text(said)], "content": said, **given})


def answered(store: Store, chat_id: UUID | None = None, question: str = "How much?", said: str = "42") -> NewTurn:
    turn = new_turn(chat_id, question)
    store.start_turn(turn)
    store.finish_turn(ending_of(turn, said))
    return turn


def everything(store: Store) -> list[tuple[Chat, list[Message]]]:
    return [(chat, store.list_messages(chat.id)) for chat in store.list_chats(1000).chats]


def spoken(messages: Sequence[Message]) -> list[ContextMessage]:
    return [ContextMessage(message.role, message.parts, files=[]) for message in messages]


def contents(messages: Sequence[Message | ContextMessage]) -> list[str]:
    return [content_of(message.parts) for message in messages]


def test_a_first_question_creates_a_running_chat(ann: Store) -> None:
    turn = new_turn()
    started = ann.start_turn(turn)
    assert (started.agent, started.is_new, started.is_new_chat) == ("demo", True, True)
    (chat,) = ann.list_chats().chats
    assert (chat.id, chat.title, chat.title_source, chat.running) == (turn.chat_id, "How much?", "question", True)
    assert chat.updated_at.utcoffset() is not None
    running = ann.running_turn(turn.chat_id)
    assert running and (running.id, running.question_id, running.owner) == (turn.turn_id, turn.question_id, "me")
    (question,) = ann.list_messages(turn.chat_id)
    assert (question.id, question.role, question.status, question.parts) == (
        turn.question_id,
        "user",
        "complete",
        [Text("How much?")],
    )


def test_a_turn_is_found_by_its_answers_id_during_and_after_its_run(ann: Store, bob: Store) -> None:
    first, second = answered(ann), new_turn()
    second = replace(second, chat_id=first.chat_id)
    ann.start_turn(second)
    running = ann.find_turn(second.turn_id)
    assert running and (running.chat_id, running.question_id) == (first.chat_id, second.question_id)
    assert (running.follows, running.agent, running.started_at.utcoffset() is not None) == (first.turn_id, "demo", True)
    ann.finish_turn(ending_of(second))
    assert ann.find_turn(second.turn_id) == running
    ended = ann.find_turn(first.turn_id)
    assert ended and (ended.follows, ended.question_id) == (None, first.question_id)
    assert ann.find_turn(first.question_id) is None
    ann.edit_chat(first.chat_id, edits.set_visibility("public"))
    assert bob.find_turn(second.turn_id) == running
    # The answers of a copy have no turns.
    copy_id = uuid4()
    assert bob.copy_chat(first.chat_id, copy_id)
    *_, answer = bob.list_messages(copy_id)
    copied = bob.find_turn(answer.id)
    assert copied and (copied.chat_id, copied.question_id) == (copy_id, answer.parent_id)
    ann.delete_chat(first.chat_id)
    assert ann.find_turn(second.turn_id) is None


def test_a_finished_turn_leaves_its_answer_under_its_own_id(ann: Store) -> None:
    turn = answered(ann)
    question, answer = ann.list_messages(turn.chat_id)
    assert (answer.id, answer.parent_id, answer.role, answer.status) == (
        turn.turn_id,
        question.id,
        "assistant",
        "complete",
    )
    assert (answer.content, answer.parts, answer.trace_id) == ("42", [Text("42")], "tr-1")
    assert (answer.usage, answer.asked_as, question.asked_as) == ({"output_tokens": 2}, "user", None)
    assert ann.running_turn(turn.chat_id) is None
    assert not ann.list_chats().chats[0].running


def test_a_later_question_has_the_newest_message_as_parent_and_keeps_title_and_agent(ann: Store) -> None:
    first = answered(ann)
    second = new_turn(first.chat_id, "And now?", agent="another")
    started = ann.start_turn(second)
    assert (started.agent, started.is_new, started.is_new_chat) == ("demo", True, False)
    assert ann.list_messages(first.chat_id)[-1].parent_id == first.turn_id
    assert [chat.title for chat in ann.list_chats().chats] == ["How much?"]


@pytest.mark.parametrize("is_finished", [False, True], ids=["running", "finished"])
def test_starting_a_turn_again_with_the_same_ids_changes_nothing(ann: Store, is_finished: bool) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    if is_finished:
        ann.finish_turn(ending_of(turn))
    before = everything(ann)
    again = ann.start_turn(replace(turn, question="Something else", title="Something else", agent="x", owner="you"))
    assert (again.agent, again.is_new, again.is_new_chat) == ("demo", False, False)
    assert everything(ann) == before


def test_a_repeat_does_not_move_its_chat_up_the_list(ann: Store) -> None:
    old, new = answered(ann), answered(ann)
    ann.start_turn(old)
    assert [chat.id for chat in ann.list_chats().chats] == [new.chat_id, old.chat_id]


def test_a_second_turn_during_an_answer_is_refused_and_stores_nothing(ann: Store) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    before = everything(ann)
    with pytest.raises(ChatBusy):
        ann.start_turn(new_turn(turn.chat_id))
    assert everything(ann) == before


def test_a_chat_accepts_the_next_question_after_its_answer(ann: Store) -> None:
    turn = answered(ann)
    assert ann.start_turn(new_turn(turn.chat_id)).is_new


def test_a_question_can_be_answered_a_second_time(ann: Store) -> None:
    turn = answered(ann)
    again = replace(turn, turn_id=new_answer_id())
    assert ann.start_turn(again).is_new
    assert contents(ann.list_messages(turn.chat_id)) == ["How much?"]
    ann.finish_turn(ending_of(again, "43"))
    assert contents(ann.list_messages(turn.chat_id)) == ["How much?", "43"]


Change = Callable[[NewTurn, NewTurn], NewTurn]
TAKEN: dict[str, Change] = {
    "the chat": lambda new, old: replace(new, chat_id=old.chat_id),
    "the question": lambda new, old: replace(new, question_id=old.question_id),
    "the question, which is an answer": lambda new, old: replace(new, question_id=old.turn_id),
    "the turn": lambda new, old: replace(new, turn_id=old.turn_id),
    "the turn, which is a question": lambda new, old: replace(new, turn_id=old.question_id),
    "chat and question": lambda new, old: replace(new, chat_id=old.chat_id, question_id=old.question_id),
    "question and turn": lambda new, old: replace(new, question_id=old.question_id, turn_id=old.turn_id),
    "all of it": lambda _, old: old,
}


@pytest.mark.parametrize("what", TAKEN)
@pytest.mark.parametrize("place", ["in a new chat", "in an own chat"])
@pytest.mark.parametrize("state", ["running", "finished"])
@pytest.mark.parametrize("visibility", ["private", "public"])
def test_ids_of_another_user_are_not_found_and_nothing_changes(
    ann: Store, bob: Store, what: str, place: str, state: str, visibility: str
) -> None:
    theirs, mine = new_turn(), answered(ann)
    bob.start_turn(theirs)
    bob.edit_chat(theirs.chat_id, edits.set_visibility(visibility))
    if state == "finished":
        bob.finish_turn(ending_of(theirs))
    before = everything(ann), everything(bob)
    turn = TAKEN[what](new_turn(mine.chat_id if place == "in an own chat" else None), theirs)
    with pytest.raises(NotFound):
        ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, "mine"))
    assert (everything(ann), everything(bob)) == before
    bob.finish_turn(ending_of(theirs))
    assert contents(bob.list_messages(theirs.chat_id)) == ["How much?", "42"]


@pytest.mark.parametrize("what", ["the question", "the question, which is an answer", "the turn, which is a question"])
def test_ids_of_another_users_copy_are_not_found_and_nothing_changes(ann: Store, bob: Store, what: str) -> None:
    source, copy_id = answered(bob), uuid4()
    assert bob.copy_chat(source.chat_id, copy_id)
    question, answer = bob.list_messages(copy_id)
    copied = replace(source, chat_id=copy_id, question_id=question.id, turn_id=answer.id)
    before = everything(bob)
    with pytest.raises(NotFound):
        ann.start_turn(TAKEN[what](new_turn(), copied))
    assert (everything(ann), everything(bob)) == ([], before)


def test_a_question_with_an_answer_id_and_an_answer_with_another_id_are_refused(ann: Store) -> None:
    for wrong in (new_turn(question_id=new_answer_id()), new_turn(turn_id=uuid4())):
        with pytest.raises(NotFound):
            ann.start_turn(wrong)
    assert everything(ann) == []


@pytest.mark.parametrize("what", ["the question", "the turn", "question and turn"])
def test_ids_of_another_chat_of_ones_own_are_not_found_and_nothing_changes(ann: Store, what: str) -> None:
    other, mine = answered(ann), answered(ann)
    before = everything(ann)
    with pytest.raises(NotFound):
        ann.start_turn(TAKEN[what](new_turn(mine.chat_id), other))
    with pytest.raises(NotFound):
        ann.start_turn(TAKEN[what](new_turn(), other))
    assert everything(ann) == before


@pytest.mark.parametrize("what", ["the question, which is an answer", "the turn", "the turn, which is a question"])
def test_an_id_already_used_in_the_same_chat_is_not_found(ann: Store, what: str) -> None:
    mine = answered(ann)
    before = everything(ann)
    with pytest.raises(NotFound):
        ann.start_turn(TAKEN[what](new_turn(mine.chat_id), mine))
    assert everything(ann) == before


@pytest.mark.parametrize("what", ["the question, which is an answer", "the turn", "the turn, which is a question"])
def test_an_id_cannot_change_its_meaning_within_a_copy(ann: Store, what: str) -> None:
    source, copy_id = answered(ann), uuid4()
    assert ann.copy_chat(source.chat_id, copy_id)
    question, answer = ann.list_messages(copy_id)
    before = everything(ann)
    with pytest.raises(NotFound):
        ann.start_turn(TAKEN[what](new_turn(copy_id), replace(source, question_id=question.id, turn_id=answer.id)))
    assert everything(ann) == before


def test_chats_are_listed_by_last_activity(ann: Store) -> None:
    first, second, third = (answered(ann) for _ in range(3))
    answered(ann, first.chat_id)
    running = new_turn(second.chat_id)
    ann.start_turn(running)
    assert [chat.id for chat in ann.list_chats().chats] == [second.chat_id, first.chat_id, third.chat_id]
    assert [chat.running for chat in ann.list_chats().chats] == [True, False, False]


@pytest.fixture
def many(stores: Stores, ann: Store, bob: Store) -> list[UUID]:
    """The ids of 45 chats in list order; most have the same time of last activity as others."""
    ids = sorted((answered(ann).chat_id for _ in range(45)), reverse=True)
    times = [NOON.replace(microsecond=500 - number // 9) for number in range(45)]
    for chat_id, time in zip(ids, times, strict=True):
        stores.set_chat(chat_id, updated_at=time)
    answered(bob)
    return ids


def test_pages_of_older_chats_have_every_chat_once(ann: Store, many: list[UUID]) -> None:
    found = [ann.list_chats(20)]
    while found[-1].has_more:
        found.append(ann.list_chats(20, older_than=found[-1].chats[-1].id))
    assert [len(page.chats) for page in found] == [20, 20, 5]
    assert [chat.id for page in found for chat in page.chats] == many


def test_pages_of_newer_chats_have_every_chat_once(ann: Store, many: list[UUID]) -> None:
    found = [ann.list_chats(20, newer_than=many[-1])]
    while found[0].has_more:
        found.insert(0, ann.list_chats(20, newer_than=found[0].chats[0].id))
    assert [len(page.chats) for page in found] == [4, 20, 20]
    assert [chat.id for page in found for chat in page.chats] == many[:-1]


def test_the_chat_next_to_a_cursor_is_never_skipped(ann: Store, many: list[UUID]) -> None:
    for place, cursor in enumerate(many):
        older, newer = ann.list_chats(1, older_than=cursor), ann.list_chats(1, newer_than=cursor)
        assert [chat.id for chat in older.chats] == many[place + 1 : place + 2]
        assert [chat.id for chat in newer.chats] == many[max(0, place - 1) : place]
        assert (older.has_more, newer.has_more) == (place < 43, place > 1)


def test_the_last_page_says_that_there_are_no_more(ann: Store, many: list[UUID]) -> None:
    assert not ann.list_chats(45).has_more
    assert ann.list_chats(44).has_more


@pytest.mark.parametrize("direction", ["older_than", "newer_than"])
def test_a_cursor_that_is_not_the_users_own_chat_is_bad_input(ann: Store, bob: Store, direction: str) -> None:
    answered(ann)
    for cursor in (uuid4(), answered(bob).chat_id):
        with pytest.raises(BadInput):
            ann.list_chats(20, **{direction: cursor})


def chat_of(store: Store, turns: int) -> UUID:
    """A chat of questions q0, q1 … and their answers a0, a1 …"""
    chat_id = uuid4()
    for number in range(turns):
        answered(store, chat_id, f"q{number}", f"a{number}")
    return chat_id


def test_messages_are_paged_from_the_end_oldest_first(ann: Store) -> None:
    chat_id = chat_of(ann, 5)
    pages = [ann.list_messages(chat_id, 4)]
    while pages[0]:
        pages.insert(0, ann.list_messages(chat_id, 4, before=pages[0][0].id))
    assert [contents(page) for page in pages] == [[], ["q0", "a0"], ["q1", "a1", "q2", "a2"], ["q3", "a3", "q4", "a4"]]


def test_paging_before_a_message_of_another_chat_gives_no_messages(ann: Store) -> None:
    chat_id, other = chat_of(ann, 1), answered(ann)
    assert ann.list_messages(chat_id, before=other.turn_id) == []
    assert ann.list_messages(chat_id, before=uuid4()) == []


def length(*messages: Message) -> int:
    """The number of characters of JSON in the parts of these messages."""
    return sum(len('[{"text": "", "type": "text"}]') + len(message.content) for message in messages)


def test_the_context_is_the_whole_conversation_if_it_fits(ann: Store) -> None:
    chat_id = chat_of(ann, 2)
    turn = new_turn(chat_id, "q2")
    ann.start_turn(turn)
    messages = ann.list_messages(chat_id)
    context = ann.list_context(chat_id, turn.question_id, length(*messages)).said
    assert contents(context) == ["q0", "a0", "q1", "a1", "q2"]
    assert context == spoken(messages)


def test_a_context_over_its_budget_loses_the_oldest_messages(ann: Store) -> None:
    chat_id = chat_of(ann, 2)
    turn = new_turn(chat_id, "q2")
    ann.start_turn(turn)
    messages = ann.list_messages(chat_id)
    for kept in range(1, 6):
        budget = length(*messages[-kept:])
        assert ann.list_context(chat_id, turn.question_id, budget).said == spoken(messages[-kept:])
        assert ann.list_context(chat_id, turn.question_id, budget + 1).said == spoken(messages[-kept:])


def test_a_question_larger_than_the_budget_is_sent_alone(ann: Store) -> None:
    chat_id = chat_of(ann, 2)
    turn = new_turn(chat_id, "x" * 5_000)
    ann.start_turn(turn)
    assert contents(ann.list_context(chat_id, turn.question_id, 100).said) == ["x" * 5_000]


def test_a_shortened_context_keeps_system_messages(stores: Stores, ann: Store) -> None:
    chat_id = chat_of(ann, 1)
    stores.add_system_message(chat_id, "Be brief.")
    answered(ann, chat_id, "q1", "a1")
    turn = new_turn(chat_id, "q2")
    ann.start_turn(turn)
    assert contents(ann.list_context(chat_id, turn.question_id, 1).said) == ["Be brief.", "q2"]


def test_a_context_ends_with_its_own_question(ann: Store) -> None:
    chat_id = uuid4()
    first, second = answered(ann, chat_id, "q0", "a0"), answered(ann, chat_id, "q1", "a1")
    assert contents(ann.list_context(chat_id, first.question_id, 10_000).said) == ["q0"]
    assert contents(ann.list_context(chat_id, second.question_id, 10_000).said) == ["q0", "a0", "q1"]


def test_the_places_of_a_context_tell_where_it_begins_and_ends(stores: Stores, ann: Store) -> None:
    chat_id = chat_of(ann, 3)
    stores.add_system_message(chat_id, "Be brief.")
    messages = [message for message in ann.list_messages(chat_id) if message.role != "system"]
    question, system = messages[4], ann.list_messages(chat_id)[-1]
    for kept in range(1, 6):
        in_context = messages[:5][-kept:]
        places = ann.list_context_places(chat_id, question.id, length(*in_context)).said
        if isinstance(ann, PostgresStore):
            assert places.pop().id == system.id
        assert set(places) <= {ContextPlace(each.id, each.parent_id, each.role) for each in in_context}
        first_of_each = [
            next((each for each in in_context if each.role == role), question) for role in ("user", "assistant")
        ]
        assert {each.id for each in first_of_each} | {question.id} <= {place.id for place in places}


def test_a_context_of_a_question_from_another_chat_is_empty(ann: Store) -> None:
    mine, other = answered(ann), answered(ann)
    assert ann.list_context(mine.chat_id, other.question_id, 10_000).said == []
    assert ann.list_context(mine.chat_id, uuid4(), 10_000).said == []


def test_a_message_is_found_by_its_id(ann: Store) -> None:
    turn = answered(ann)
    assert [ann.get_message(turn.question_id), ann.get_message(turn.turn_id)] == ann.list_messages(turn.chat_id)
    assert ann.get_message(uuid4()) is None


def test_a_chat_is_unread_after_its_answer_until_its_owner_reads_or_asks_again(ann: Store) -> None:
    def is_unread() -> bool:
        return ann.list_chats().chats[0].unread

    turn = new_turn()
    ann.start_turn(turn)
    assert not is_unread()
    ann.finish_turn(ending_of(turn))
    assert is_unread()
    ann.mark_read(turn.chat_id)
    assert not is_unread()
    answered(ann, turn.chat_id)
    assert is_unread()
    ann.start_turn(new_turn(turn.chat_id))
    assert not is_unread()


def test_writes_that_come_late_keep_the_time_at_which_they_were_said(stores: Stores, ann: Store) -> None:
    evening = datetime.now(UTC) - timedelta(hours=9)
    said_at, ended_at = evening, evening + timedelta(minutes=2)
    turn = new_turn(said_at=said_at)
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, ended_at=ended_at))
    assert [message.created_at for message in ann.list_messages(turn.chat_id)] == [said_at, ended_at]
    (chat,) = ann.list_chats().chats
    assert (chat.created_at, chat.updated_at, chat.unread) == (said_at, ended_at, True)
    ann.mark_read(turn.chat_id)
    assert not ann.list_chats().chats[0].unread


def test_a_late_write_makes_a_chat_unread_but_does_not_change_its_last_activity(ann: Store) -> None:
    first = answered(ann)
    ann.mark_read(first.chat_id)
    before = ann.list_chats().chats[0]
    late = datetime.now(UTC) - timedelta(hours=9)
    turn = new_turn(first.chat_id, "And then?", said_at=late)
    ann.start_turn(turn)
    assert not ann.list_chats().chats[0].unread
    ann.mark_read(first.chat_id)
    ann.finish_turn(ending_of(turn, "43", ended_at=late))
    (chat,) = ann.list_chats().chats
    assert (chat.created_at, chat.updated_at, chat.unread) == (before.created_at, before.updated_at, True)
    assert contents(ann.list_messages(first.chat_id)) == ["How much?", "42", "And then?", "43"]


def test_times_of_a_fast_clock_are_not_stored_in_the_future(database: Database) -> None:
    ann, fast = PostgresStore(database, ANN), datetime.now(UTC) + timedelta(hours=9)
    turn = new_turn(said_at=fast)
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, ended_at=fast))
    (chat,) = ann.list_chats().chats
    times = [chat.updated_at, *(message.created_at for message in ann.list_messages(turn.chat_id))]
    assert max(times) < datetime.now(UTC) + timedelta(minutes=1)


def test_an_answer_that_was_taken_for_dead_has_the_time_of_its_real_end(ann: Store) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, "4", "interrupted"))
    ended_at = ann.list_messages(turn.chat_id)[0].created_at + timedelta(microseconds=1)
    ann.finish_turn(ending_of(turn, "42", ended_at=ended_at))
    assert ann.list_messages(turn.chat_id)[-1].created_at == ended_at


def test_an_answer_is_stored_once(ann: Store) -> None:
    turn = answered(ann)
    before = everything(ann)
    ann.finish_turn(ending_of(turn, "43", "failed"))
    assert everything(ann) == before


def test_a_turn_taken_for_dead_can_still_end_as_complete(ann: Store) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, "4", "interrupted"))
    assert ann.list_messages(turn.chat_id)[-1].status == "interrupted"
    ann.finish_turn(ending_of(turn, "42"))
    *_, answer = ann.list_messages(turn.chat_id)
    assert (answer.content, answer.status) == ("42", "complete")
    assert len(ann.list_messages(turn.chat_id)) == 2


def test_a_late_ending_does_not_end_the_turn_that_runs_now(ann: Store) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, "4", "interrupted"))
    ann.start_turn(now := new_turn(turn.chat_id))
    ann.finish_turn(ending_of(turn, "42"))
    running = ann.running_turn(turn.chat_id)
    assert running and running.id == now.turn_id
    assert contents(ann.list_messages(turn.chat_id)) == ["How much?", "42", "How much?"]


def test_an_ending_without_a_start_writes_nothing(ann: Store) -> None:
    turn = answered(ann)
    before = everything(ann)
    ann.finish_turn(ending_of(new_turn(turn.chat_id)))
    assert everything(ann) == before


def test_ending_a_turn_of_a_deleted_chat_changes_nothing(ann: Store) -> None:
    turn = new_turn()
    ann.start_turn(turn)
    assert ann.delete_chat(turn.chat_id)
    ann.finish_turn(ending_of(turn))
    assert everything(ann) == []
    assert ann.get_chat(turn.chat_id) is None
    assert ann.list_messages(turn.chat_id) == []


def test_only_the_message_ids_of_a_deleted_chat_can_be_used_again(ann: Store) -> None:
    kept, turn = answered(ann), answered(ann)
    assert not ann.was_deleted(turn.chat_id)
    assert ann.delete_chat(turn.chat_id)
    assert not ann.delete_chat(turn.chat_id)
    assert ann.was_deleted(turn.chat_id)
    assert [chat.id for chat in ann.list_chats().chats] == [kept.chat_id]
    started = ann.start_turn(replace(turn, chat_id=uuid4()))
    assert (started.is_new, started.is_new_chat) == (True, True)


EDITS = {
    "rename": edits.rename("Mine now"),
    "pin": edits.pin(True),
    "archive": edits.archive(True),
    "use_instructions": edits.use_instructions(False),
    "set_visibility": edits.set_visibility("public"),
}


def test_every_edit_is_tried_on_deleted_chats_and_by_another_user() -> None:
    made = {name for name, made in inspect.getmembers(edits, inspect.isfunction) if made.__module__ == edits.__name__}
    assert {name for name in made if not name.startswith("_")} == set(EDITS)


def writes_to(chat_id: UUID, readable: UUID) -> dict[str, Callable[[Store], object]]:
    """Every write that creates or changes a chat, called with its id."""
    return {
        "start_turn": lambda store: store.start_turn(new_turn(chat_id)),
        **{name: lambda store, edit=edit: store.edit_chat(chat_id, edit) for name, edit in EDITS.items()},
        "open_branch": lambda store: store.open_branch(chat_id, uuid4()),
        "copy_chat": lambda store: store.copy_chat(readable, chat_id),
    }


@pytest.mark.parametrize("write", writes_to(uuid4(), uuid4()))
def test_no_write_restores_a_deleted_chat(ann: Store, bob: Store, write: str) -> None:
    turn, kept = answered(ann), answered(ann)
    ann.edit_chat(kept.chat_id, edits.set_visibility("public"))
    ann.delete_chat(turn.chat_id)
    attempt = writes_to(turn.chat_id, kept.chat_id)[write]
    with pytest.raises(Gone):
        attempt(ann)
    # To other users it is not found, like any chat that is not theirs.
    if write in ("start_turn", "copy_chat"):
        with pytest.raises(NotFound):
            attempt(bob)
    else:
        assert attempt(bob) is False
    assert not bob.was_deleted(turn.chat_id)
    assert everything(bob) == []
    assert [chat.id for chat in ann.list_chats().chats] == [kept.chat_id]


@pytest.mark.parametrize("status", ["complete", "stopped", "failed", "interrupted"])
def test_a_question_followed_by_newer_messages_is_not_answered_again(ann: Store, status: Status) -> None:
    old = new_turn()
    ann.start_turn(old)
    ann.finish_turn(ending_of(old, "4", status))
    answered(ann, old.chat_id, "And since?", "43")
    before = everything(ann)
    with pytest.raises(MovedOn):
        ann.start_turn(replace(old, turn_id=new_answer_id()))
    assert everything(ann) == before
    assert contents(ann.list_messages(old.chat_id)) == ["How much?", "4", "And since?", "43"]
    assert not ann.start_turn(old).is_new, "the same again is no other answer"


def test_the_last_question_is_answered_again_any_number_of_times(ann: Store) -> None:
    first = answered(ann)
    last = answered(ann, first.chat_id, "And now?", "a0")
    for number in range(1, 4):
        again = replace(last, turn_id=new_answer_id())
        assert ann.start_turn(again).is_new
        ann.finish_turn(ending_of(again, f"a{number}"))
        assert contents(ann.list_messages(first.chat_id)) == ["How much?", "42", "And now?", f"a{number}"]


def test_a_question_follows_any_answer_of_its_chat_and_nothing_else(ann: Store) -> None:
    first, elsewhere = answered(ann), answered(ann)
    second = new_turn(first.chat_id, "Go on.", follows=first.turn_id)
    assert ann.start_turn(second).is_new
    before = everything(ann)
    with pytest.raises(ChatBusy):
        ann.start_turn(new_turn(first.chat_id, "Go on.", follows=second.turn_id))
    ann.finish_turn(ending_of(second))
    assert not ann.start_turn(second).is_new
    before = everything(ann)
    for follows, refusal in (
        (first.question_id, NotAnAnswer),
        (second.question_id, NotAnAnswer),
        (uuid4(), NoSuchMessage),
        (elsewhere.turn_id, NoSuchMessage),
        (elsewhere.question_id, NoSuchMessage),
    ):
        with pytest.raises(refusal):
            ann.start_turn(new_turn(first.chat_id, "Go on.", follows=follows))
    with pytest.raises(NoSuchMessage):
        ann.start_turn(new_turn(follows=first.turn_id))
    assert everything(ann) == before
    assert ann.start_turn(new_turn(first.chat_id, "Go elsewhere.", follows=first.turn_id)).is_new
    assert contents(ann.list_messages(first.chat_id)) == ["How much?", "42", "Go elsewhere."]


def test_a_generated_title_replaces_the_question_and_does_not_count_as_activity(ann: Store) -> None:
    turn, newer = answered(ann), answered(ann)
    assert ann.set_generated_title(turn.chat_id, "Sales by region")
    chats = ann.list_chats().chats
    assert [chat.id for chat in chats] == [newer.chat_id, turn.chat_id]
    assert (chats[1].title, chats[1].title_source) == ("Sales by region", "model")


@pytest.mark.parametrize("source", ["user", "model"])
def test_a_generated_title_never_replaces_another_title(stores: Stores, ann: Store, source: str) -> None:
    turn = answered(ann)
    stores.set_chat(turn.chat_id, title="Mine", title_source=source)
    assert not ann.set_generated_title(turn.chat_id, "Sales by region")
    chat = ann.get_chat(turn.chat_id)
    assert chat and (chat.title, chat.title_source) == ("Mine", source)


def test_a_title_for_an_unknown_chat_is_refused(ann: Store) -> None:
    assert not ann.set_generated_title(uuid4(), "Sales by region")


def test_next_questions_are_added_once_to_the_last_answer_and_are_no_activity(ann: Store) -> None:
    turn, newer = answered(ann), answered(ann)
    for each in (turn, newer):
        ann.mark_read(each.chat_id)
    before = ann.list_chats().chats
    assert ann.add_follow_ups(turn.chat_id, turn.turn_id, ["And by month?", "Why?"])
    answer = ann.list_messages(turn.chat_id)[-1]
    assert answer.parts == [Text("42"), FollowUp("And by month?"), FollowUp("Why?")]
    assert answer.content == "42"
    assert ann.list_chats().chats == before, "neither moved nor unread"
    for again in (["And by month?", "Why?"], ["Something else?"]):
        assert not ann.add_follow_ups(turn.chat_id, turn.turn_id, again)
    ann.finish_turn(ending_of(turn))
    assert ann.list_messages(turn.chat_id)[-1] == answer


@pytest.mark.parametrize("status", ["failed", "stopped", "interrupted"])
def test_next_questions_are_not_added_to_an_answer_that_is_not_complete(ann: Store, status: Status) -> None:
    ann.start_turn(turn := new_turn())
    assert not ann.add_follow_ups(turn.chat_id, turn.turn_id, ["Why?"])
    ann.finish_turn(ending_of(turn, status=status))
    before = everything(ann)
    assert not ann.add_follow_ups(turn.chat_id, turn.turn_id, ["Why?"])
    assert everything(ann) == before


def test_next_questions_are_not_added_to_what_is_no_last_answer(ann: Store) -> None:
    first, elsewhere = answered(ann), answered(ann)
    ann.start_turn(second := new_turn(first.chat_id, "Go on."))
    before = everything(ann)
    for message_id in (first.turn_id, first.question_id, second.question_id, elsewhere.turn_id, uuid4()):
        assert not ann.add_follow_ups(first.chat_id, message_id, ["Why?"])
    ann.finish_turn(ending_of(second))
    assert not ann.add_follow_ups(first.chat_id, first.turn_id, ["Why?"])
    assert before[1:] == everything(ann)[1:]
    assert ann.add_follow_ups(first.chat_id, second.turn_id, ["Why?"])


def test_next_questions_are_added_where_the_open_branch_ends(ann: Store) -> None:
    first = answered(ann)
    again = replace(first, turn_id=new_answer_id())
    ann.start_turn(again)
    ann.finish_turn(ending_of(again))
    assert not ann.add_follow_ups(first.chat_id, first.turn_id, ["Why?"])
    ann.open_branch(first.chat_id, first.turn_id)
    assert ann.add_follow_ups(first.chat_id, first.turn_id, ["Why?"])
    assert not ann.add_follow_ups(first.chat_id, again.turn_id, ["Why?"])


AWKWARD = {
    "percent and colon": "100 % of %s, %(x)s and :x, ::jsonb, \\:y {z}",
    "quotes": "Robert'); DROP TABLE chat.chats; -- \\' \" $$",
    "long": "0123456789 " * 18_182,
    "many scripts": "Zoë 日本語 العربية 👩‍👩‍👧 \u202e\u2028\r\n\t\x01",
    "looks like JSON": '[{"type": "text", "text": "\\u0000"}]',
}


@pytest.mark.parametrize("said", AWKWARD.values(), ids=AWKWARD.keys())
def test_text_comes_back_as_it_went_in(ann: Store, said: str) -> None:
    turn = new_turn(question=said, title=said[:60])
    ann.start_turn(turn)
    ann.finish_turn(ending_of(turn, said, usage={"said": said}))
    ann.set_generated_title(turn.chat_id, said[:80])
    question, answer = ann.list_messages(turn.chat_id)
    assert contents([question, answer]) == [said, said]
    assert question.parts == answer.parts == [Text(said)]
    assert answer.usage == {"said": said}
    assert ann.list_chats().chats[0].title == said[:80]


def test_characters_that_postgres_cannot_store_are_removed_and_the_rest_is_kept(stores: Stores, owner: User) -> None:
    store, bad, good = stores.store(replace(owner, name="A\x00nn")), "a\x00b\ud800c\ud83d\ude00", "abc\U0001f600"
    turn = new_turn(question=bad, title=bad, agent=bad, owner=bad)
    assert store.start_turn(turn).agent == good
    parts = [Text(bad), Unknown({"type": "citation", bad: [bad, {"url": bad}]})]
    usage = {bad: bad, "rate": float("nan"), "cost": 0.5}
    store.finish_turn(ending_of(turn, bad, parts=parts, usage=usage, trace_id=bad))
    store.set_generated_title(turn.chat_id, bad)
    question, answer = store.list_messages(turn.chat_id)
    assert contents([question, answer]) == [good, good]
    assert answer.parts == [Text(good), Unknown({"type": "citation", good: [good, {"url": good}]})]
    assert (answer.usage, answer.trace_id) == ({good: good, "rate": None, "cost": 0.5}, good)
    assert store.list_chats().chats[0].title == good


def takes_the_ids_of(store: Store, turn: NewTurn) -> bool:
    """Whether a chat that is imported under the ids of a turn gets its chat's id. Deletes what was imported."""
    chat = made_chat(turn.question_id, turn.turn_id)
    store.import_chat(replace(chat, chat=replace(chat.chat, id=turn.chat_id)))
    (imported,) = store.list_chat_ids(1000)
    store.delete_chat(imported)
    return imported == turn.chat_id


def nothing_for_others(turn: NewTurn) -> dict[str, tuple[Callable[[Store], object], object]]:
    """For each method of a store, what another user may try with it on a chat, and the result."""
    chat_id, question_id = turn.chat_id, turn.question_id
    return {
        "list_chats": (lambda store: store.list_chats(1000).chats, []),
        "get_chat": (lambda store: store.get_chat(chat_id), None),
        "list_messages": (
            lambda store: [*store.list_messages(chat_id), *store.list_messages(chat_id, before=turn.turn_id)],
            [],
        ),
        "list_context": (lambda store: store.list_context(chat_id, turn.turn_id, 1, with_summary=True), Context([])),
        "list_context_places": (
            lambda store: store.list_context_places(chat_id, turn.turn_id, 1, with_summary=True),
            Context([]),
        ),
        "list_unsummarised": (
            lambda store: store.list_unsummarised(chat_id, turn.turn_id, 1, 0, 10_000),
            Unsummarised("", []),
        ),
        "save_context_summary": (lambda store: store.save_context_summary(chat_id, question_id, "Mine now"), False),
        "start_turn": (lambda store: store.start_turn(turn), NotFound),
        "finish_turn": (lambda store: store.finish_turn(ending_of(turn, "gotcha")), None),
        "get_message": (lambda store: [store.get_message(id) for id in (question_id, turn.turn_id)], [None, None]),
        "read_log": (lambda store: store.read_log(turn.turn_id, 0), None),
        "park_turn": (lambda store: store.park_turn(ParkedTurn(turn.turn_id, chat_id, turn.owner, [])), False),
        "claim_waiting_turn": (lambda store: store.claim_waiting_turn(chat_id, "another process"), None),
        "list_allowed_tools": (lambda store: store.list_allowed_tools(chat_id), []),
        "allow_tool": (
            lambda store: [store.allow_tool(chat_id, AllowedTool("send_mail"), allowed) for allowed in (True, False)],
            [False] * 2,
        ),
        "request_stop": (lambda store: store.request_stop(chat_id), False),
        "mark_read": (lambda store: store.mark_read(chat_id), None),
        "running_turn": (lambda store: store.running_turn(chat_id), None),
        "find_turn": (lambda store: store.find_turn(turn.turn_id), None),
        "delete_chat": (lambda store: store.delete_chat(chat_id), False),
        "trash_chat": (lambda store: store.trash_chat(chat_id), False),
        "restore_chat": (lambda store: store.restore_chat(chat_id), False),
        "list_trashed": (lambda store: store.list_trashed().chats, []),
        "list_running_chats": (lambda store: store.list_running_chats(), []),
        "delete_some_chats": (lambda store: store.delete_some_chats().chat_ids, []),
        "forget_user": (lambda store: store.forget_user() > 1, False),
        "was_deleted": (lambda store: store.was_deleted(chat_id), False),
        "set_generated_title": (lambda store: store.set_generated_title(chat_id, "Mine now"), False),
        "add_follow_ups": (lambda store: store.add_follow_ups(chat_id, turn.turn_id, ["And then?"]), False),
        "list_pinned": (lambda store: store.list_pinned(), []),
        "find_chat": (lambda store: store.find_chat(chat_id), None),
        "search": (lambda store: [hit for words in ("How", "42", turn.title) for hit in store.search(words).hits], []),
        "search_chats": (
            lambda store: [chat for words in ("How", "42", turn.title) for chat in store.search_chats(words).chats],
            [],
        ),
        "edit_chat": (lambda store: [store.edit_chat(chat_id, edit) for edit in EDITS.values()], [False] * len(EDITS)),
        "copy_chat": (
            lambda store: [
                store.copy_chat(chat_id, uuid4()),
                store.copy_chat(chat_id, uuid4(), question_id),
                store.copy_chat(uuid4(), chat_id),
            ],
            [False] * 3,
        ),
        "open_branch": (lambda store: [store.open_branch(chat_id, turn.turn_id)], [False]),
        "list_replies": (lambda store: store.list_replies(chat_id, question_id), []),
        "import_chat": (lambda store: takes_the_ids_of(store, turn), False),
        "vote": (lambda store: [store.vote(turn.turn_id, vote) for vote in (True, False, None)], [False] * 3),
        "votes": (lambda store: store.votes(chat_id), {}),
        "liked_questions": (lambda store: store.liked_questions(10), []),
        "keep_chart": (
            lambda store: [store.keep_chart(chat_id, turn.turn_id, kept) for kept in (CHART, None)],
            [False] * 2,
        ),
        "read_instructions": (lambda store: store.read_instructions(), ""),
        "save_instructions": (lambda store: store.save_instructions("Mine now"), "Mine now"),
        "list_chat_ids": (lambda store: store.list_chat_ids(1000), []),
        "extent": (lambda store: store.extent(chat_id), None),
        "list_summaries": (lambda store: store.list_summaries(ChatFilter(archived=None)).rows, []),
        **{
            name: (lambda store, name=name: getattr(store, name)([chat_id]), [])
            for name in ("trash_chats", "restore_chats", "delete_chats")
        },
        "list_agents": (lambda store: store.list_agents(), []),
        "edit_chats": (
            lambda store: [
                store.edit_chats([chat_id], edit)
                for edit in (bulk_edits.archive(True), bulk_edits.set_visibility("public"))
            ],
            [[], []],
        ),
        "add_file": (lambda store: store.add_file(chat_id, "mine.txt", "text/plain", b"mine")["name"], "mine.txt"),
        "find_files": (lambda store: store.find_files([question_id]), []),
        "read_file": (lambda store: store.read_file(question_id), None),
        "list_records": (
            lambda store: [*store.list_records(chat_id), *store.list_records(chat_id, after=question_id)],
            [],
        ),
    }


def test_every_store_method_has_a_test_with_another_user() -> None:
    methods = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert set(nothing_for_others(new_turn())) == methods


@pytest.mark.parametrize("method", nothing_for_others(new_turn()))
@pytest.mark.parametrize("state", ["running", "finished"])
def test_another_user_neither_sees_nor_changes_anything(ann: Store, bob: Store, method: str, state: str) -> None:
    turn = answered(ann)
    if state == "running":
        ann.start_turn(turn := new_turn(turn.chat_id))
    ann.save_instructions("Be brief.")
    before = everything(ann), ann.running_turn(turn.chat_id)
    attempt, expected = nothing_for_others(turn)[method]
    if expected is NotFound:
        with pytest.raises(NotFound):
            attempt(bob)
    else:
        assert attempt(bob) == expected
    assert (everything(ann), ann.running_turn(turn.chat_id)) == before
    assert ann.read_instructions() == "Be brief."
    assert everything(bob) == []


ROWS = (
    "SELECT (SELECT count(*) FROM chat.chats), (SELECT count(*) FROM chat.messages), "
    "(SELECT count(*) FROM chat.turns), (SELECT count(*) FROM chat.votes), (SELECT count(*) FROM chat.charts)"
)


def rows(cluster: Cluster, database: Database) -> tuple[int, ...]:
    dsn = cluster.admin_dsn(database.engine.url.database or "")
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(ROWS)
        (found,) = cursor.fetchall()
        return tuple(found)


def test_deleting_a_chat_deletes_its_messages_turns_votes_and_charts(cluster: Cluster, database: Database) -> None:
    store = PostgresStore(database, ANN)
    answered(store)
    kept = rows(cluster, database)
    turn = answered(store)
    assert store.vote(turn.turn_id, True)
    assert store.keep_chart(turn.chat_id, turn.turn_id, CHART)
    store.start_turn(new_turn(turn.chat_id))
    assert all(now > before for now, before in zip(rows(cluster, database), kept, strict=True))
    assert store.delete_chat(turn.chat_id)
    assert rows(cluster, database) == kept, "of a deleted chat its id is left, in a table of its own"


def log_of(turn: NewTurn, first_seq: int, *chunks: str) -> LogRow:
    return LogRow(turn.turn_id, first_seq, list(chunks))


def test_turns_of_a_dead_process_are_claimed_once_and_end_with_their_logged_text(database: Database) -> None:
    store, turn_registry = PostgresStore(database, ANN), PostgresTurnRegistry(database)
    turn, other = new_turn(owner="dead"), new_turn(owner="alive")
    for each in (turn, other):
        store.start_turn(each)
    turn_registry.write_log("dead", [log_of(turn, 1, '{"n": 1}', '{"n": 2}')])
    with database.engine.connect() as connection:
        aged = "UPDATE chat.turns SET heartbeat_at = now() - interval '1 minute'"
        connection.execute(text(f"SET LOCAL chat.scope = 'process'; {aged}"))
    turn_registry.record_heartbeat("alive", [other.turn_id])
    (claimed,) = turn_registry.claim_dead_turns("heir", 30)
    assert (claimed.id, claimed.chat_id, claimed.question_id) == (turn.turn_id, turn.chat_id, turn.question_id)
    assert claimed.user_id == ANN.id
    assert timedelta(minutes=1) < datetime.now(UTC) - claimed.silent_since < timedelta(minutes=2)
    assert turn_registry.claim_dead_turns("another heir", 30) == []
    assert store.read_log(turn.turn_id, 0) == LogReading("running", ['{"n": 1}', '{"n": 2}'])
    running = store.running_turn(turn.chat_id)
    assert running and running.owner == "heir"


def test_a_turn_that_its_process_gives_back_is_claimed_at_once_unless_it_is_to_be_stopped(database: Database) -> None:
    store, turn_registry = PostgresStore(database, ANN), PostgresTurnRegistry(database)
    turn, stopped = new_turn(owner="old"), new_turn(owner="old")
    for each in (turn, stopped):
        store.start_turn(each)
    store.request_stop(stopped.chat_id)
    assert not turn_registry.release_turn("another", turn.turn_id, 30)
    assert turn_registry.claim_dead_turns("heir", 30) == []
    assert turn_registry.release_turn("old", turn.turn_id, 30)
    assert not turn_registry.release_turn("old", stopped.turn_id, 30)
    assert [claimed.id for claimed in turn_registry.claim_dead_turns("heir", 30)] == [turn.turn_id]


def test_the_log_can_be_read_from_any_write_and_a_repeated_write_counts_once(database: Database) -> None:
    store, turn_registry, turn = PostgresStore(database, ANN), PostgresTurnRegistry(database), new_turn()
    store.start_turn(turn)
    for _ in range(2):
        turn_registry.write_log("me", [log_of(turn, 1, "1", "2")])
    turn_registry.write_log("me", [log_of(turn, 3, "3")])
    turn_registry.write_log("not the owner", [log_of(turn, 4, "4")])
    assert store.read_log(turn.turn_id, 0) == LogReading("running", ["1", "2", "3"])
    assert store.read_log(turn.turn_id, 2) == LogReading("running", ["3"])
    assert store.read_log(turn.turn_id, 3) == LogReading("running", [])


def test_the_longer_of_two_log_writes_at_the_same_position_is_kept(database: Database) -> None:
    store, turn_registry, turn = PostgresStore(database, ANN), PostgresTurnRegistry(database), new_turn()
    store.start_turn(turn)
    for chunks in (("1", "2"), ("1",), ("1", "2", "3")):
        turn_registry.write_log("me", [log_of(turn, 1, *chunks)])
        kept = ["1", "2", "3"] if len(chunks) == 3 else ["1", "2"]
        assert store.read_log(turn.turn_id, 0) == LogReading("running", kept)


@pytest.mark.parametrize("chunk", ["a\nb", "a\r\nb", "a\x00b", "a\ud800b", "100 % of %s :x \u2028"])
def test_unusual_text_from_an_agent_breaks_neither_the_log_nor_other_turns(database: Database, chunk: str) -> None:
    store, turn_registry = PostgresStore(database, ANN), PostgresTurnRegistry(database)
    odd, other = new_turn(), new_turn()
    for turn in (odd, other):
        store.start_turn(turn)
    turn_registry.write_log("me", [log_of(odd, 1, chunk, "2"), log_of(other, 1, "1")])
    reading, beside = store.read_log(odd.turn_id, 0), store.read_log(other.turn_id, 0)
    assert reading and len(reading.chunks) == 2 and reading.chunks[1] == "2"
    assert beside and beside.chunks == ["1"]


def test_a_stop_request_reaches_only_the_process_that_runs_the_turn(database: Database) -> None:
    store, turn_registry, turn = PostgresStore(database, ANN), PostgresTurnRegistry(database), new_turn()
    store.start_turn(turn)
    assert turn_registry.stop_requests("me") == set()
    assert store.request_stop(turn.chat_id)
    assert (turn_registry.stop_requests("me"), turn_registry.stop_requests("you")) == ({turn.turn_id}, set())
    store.finish_turn(ending_of(turn, status="stopped"))
    assert turn_registry.stop_requests("me") == set()
    assert not store.request_stop(turn.chat_id)


def test_the_log_is_deleted_only_after_its_turn_has_ended(database: Database) -> None:
    store, turn_registry, turn = PostgresStore(database, ANN), PostgresTurnRegistry(database), new_turn()
    store.start_turn(turn)
    turn_registry.write_log("me", [log_of(turn, 1, "1")])
    turn_registry.purge_log(0)
    assert store.read_log(turn.turn_id, 0) == LogReading("running", ["1"])
    store.finish_turn(ending_of(turn))
    turn_registry.purge_log(60)
    assert store.read_log(turn.turn_id, 0) == LogReading("complete", ["1"])
    turn_registry.purge_log(0)
    assert store.read_log(turn.turn_id, 0) == LogReading("complete", [])


def test_a_full_memory_makes_room_by_forgetting_the_least_active_idle_chats() -> None:
    store = MemoryStore(MemoryChats(max_chats=3), ANN)
    running = new_turn()
    store.start_turn(running)
    oldest, newer, newest = answered(store), answered(store), answered(store)
    assert {chat.id for chat in store.list_chats().chats} == {running.chat_id, newer.chat_id, newest.chat_id}
    assert store.start_turn(oldest).is_new_chat


def test_a_full_memory_never_forgets_the_chat_that_was_just_started() -> None:
    store = MemoryStore(MemoryChats(max_chats=1), ANN)
    turns = [new_turn(), new_turn()]
    for turn in turns:
        store.start_turn(turn)
    for turn in turns:
        store.finish_turn(ending_of(turn))
        assert len(store.list_messages(turn.chat_id)) == 2
