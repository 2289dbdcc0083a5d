"""Chats that are brought back: the same in Postgres and in memory."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from lib.chat.conversation import first_answer_id
from lib.db.failures import StatementFailed
from lib.export.as_json import write_json
from lib.export.format import ChatFile, read_chat_file
from lib.export.source import open_source
from lib.identity import User
from lib.importer.own_file import read_own
from lib.messages.parts import Text, Unknown
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.imports import MAX_TIMES, ImportedChat, possible_ids
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.record_models import MessageRecord
from lib.store.store import Store
from lib.tables.charts import Chart
from tests.conftest import BOB
from tests.integration.imported_chats import made_chat, with_question
from tests.integration.stores import Stores
from tests.integration.test_store import CHART, NOON, answered, ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres


@pytest.fixture
def bob_user() -> User:
    return replace(BOB, id=f"bob-{uuid4()}")


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores, bob_user: User) -> Store:
    return stores.store(bob_user)


def file_of(store: Store, chat_id: UUID) -> ChatFile:
    return read_chat_file("".join(write_json(open_source(store, chat_id, NOON))))


def taken_away(store: Store, chat_id: UUID) -> ImportedChat:
    return read_own(file_of(store, chat_id).model_dump(mode="json", by_alias=True))


def with_branches(store: Store) -> UUID:
    """Two answers to the first question, the older one open and gone on from; with a vote, a chart and all marks."""
    first = answered(store, question="How much?", said="About 42.")
    store.start_turn(again := replace(new_turn(first.chat_id), question_id=first.question_id))
    store.finish_turn(
        ending_of(again, "43", "stopped", parts=[Text("43"), Unknown({"type": "video", "of": [1, None]})])
    )
    store.open_branch(first.chat_id, first.turn_id)
    answered(store, first.chat_id, "And then?", "Nothing.")
    store.vote(again.turn_id, False, "No.")
    store.keep_chart(first.chat_id, again.turn_id, CHART)
    store.edit_chat(first.chat_id, edits.rename("Zürich 🏔"))
    store.edit_chat(first.chat_id, edits.pin(True))
    store.edit_chat(first.chat_id, edits.archive(True))
    return first.chat_id


def chats_of(store: Store) -> list[UUID]:
    return store.list_chat_ids(100)


def test_a_chat_comes_back_as_it_was_taken_away(stores: Stores, ann: Store, owner: User) -> None:
    chat_id = with_branches(ann)
    before, chat = file_of(ann, chat_id), taken_away(ann, chat_id)
    ann.delete_chat(chat_id)
    newcomer = stores.store(replace(owner, id=f"{owner.id}-elsewhere"))
    assert newcomer.import_chat(chat).kind == "imported"
    [here] = chats_of(newcomer)
    after = file_of(newcomer, here)
    assert [each.content for each in after.messages] == [each.content for each in before.messages]
    assert [each.parts for each in after.messages] == [each.parts for each in before.messages]
    assert [each.content for each in newcomer.list_messages(here)] == [
        "How much?",
        "About 42.",
        "And then?",
        "Nothing.",
    ]
    same = {"id", "visibility", "leaf_id"}
    assert after.chat.model_dump(exclude=same) == before.chat.model_dump(exclude=same)
    told = [each.model_dump(exclude={"id", "parent_id"}) for each in after.messages]
    assert told == [each.model_dump(exclude={"id", "parent_id"}) for each in before.messages]


def test_free_ids_are_kept_and_a_repeat_changes_nothing(ann: Store) -> None:
    chat = made_chat()
    assert ann.import_chat(chat).kind == "imported"
    assert chats_of(ann) == [chat.chat.id]
    file = file_of(ann, chat.chat.id)
    assert [each.id for each in file.messages] == [each.message.id for each in chat.messages]
    assert file.chat.leaf_id == chat.leaf_id
    assert (ann.import_chat(chat).kind, chats_of(ann)) == ("unchanged", [chat.chat.id])
    assert file_of(ann, chat.chat.id) == file


def test_what_a_chat_that_is_there_lacks_is_counted_and_not_added(ann: Store) -> None:
    chat = made_chat()
    ann.import_chat(chat)
    longer = with_question(chat)
    outcome = ann.import_chat(longer)
    assert (outcome.kind, outcome.lacking) == ("unchanged", 1)
    assert len(ann.list_records(chat.chat.id)) == 2


def test_anothers_ids_are_not_touched_and_a_repeat_still_changes_nothing(ann: Store, bob: Store) -> None:
    theirs = with_branches(bob)
    before, chat = file_of(bob, theirs), taken_away(bob, theirs)
    assert ann.import_chat(chat).kind == "imported"
    [mine] = chats_of(ann)
    assert mine != theirs
    assert ann.import_chat(chat).kind == "unchanged"
    assert (chats_of(ann), chats_of(bob), file_of(bob, theirs)) == ([mine], [theirs], before)
    ids = {each.message.id for each in ann.list_records(mine)}
    assert not ids & {each.id for each in before.messages}
    assert len(ids) == len(before.messages)


def test_anothers_message_under_a_free_chat_gives_new_ids(ann: Store, bob: Store) -> None:
    theirs = answered(bob)
    chat = made_chat(question_id=theirs.question_id)
    assert ann.import_chat(chat).kind == "imported"
    assert chats_of(ann) != [chat.chat.id]
    assert len(bob.list_records(theirs.chat_id)) == 2


def test_no_message_takes_the_id_of_an_answer_that_is_being_written(ann: Store, bob: Store) -> None:
    bob.start_turn(turn := new_turn())
    assert ann.import_chat(made_chat(answer_id=turn.turn_id)).kind == "imported"
    assert ann.import_chat(made_chat(question_id=turn.turn_id)).kind == "imported"
    bob.finish_turn(ending_of(turn, "Bob's answer."))
    assert [each.content for each in bob.list_messages(turn.chat_id)][-1:] == ["Bob's answer."]
    assert ann.get_message(turn.turn_id) is None


def test_a_question_that_was_imported_with_its_answer_is_not_answered_again_by_a_repeat(ann: Store) -> None:
    question_id = uuid4()
    turn = replace(new_turn(), question_id=question_id, turn_id=first_answer_id(question_id))
    chat = made_chat(question_id, turn.turn_id)
    assert ann.import_chat(chat).kind == "imported"
    for is_new_chat in (True, False):
        assert not ann.start_turn(replace(turn, chat_id=chat.chat.id, is_new_chat=is_new_chat)).is_new
    found = ann.find_turn(turn.turn_id)
    assert found and found.question_id == question_id
    assert ann.running_turn(chat.chat.id) is None
    assert [each.content for each in ann.list_messages(chat.chat.id)] == ["How much?", "42"]


@pytest.mark.parametrize("answer_id", [uuid4(), new_answer_id()])
def test_an_imported_answer_with_an_id_of_its_own_gets_another_version_beside_it(ann: Store, answer_id: UUID) -> None:
    question_id = uuid4()
    chat = made_chat(question_id, answer_id)
    assert ann.import_chat(chat).kind == "imported"
    turn = replace(new_turn(chat.chat.id), question_id=question_id, turn_id=first_answer_id(question_id))
    assert ann.start_turn(turn).is_new
    ann.finish_turn(ending_of(turn, "43"))
    _, answer = ann.list_messages(chat.chat.id)
    assert (answer.content, answer.siblings) == ("43", [answer_id, turn.turn_id])


def test_a_chat_deleted_for_good_comes_back_under_another_id_as_often_as_there_are_ids(ann: Store, owner: User) -> None:
    chat = made_chat()
    seen = set()
    for _ in range(MAX_TIMES + 1):
        assert ann.import_chat(chat).kind == "imported"
        [here] = chats_of(ann)
        seen.add(here)
        ann.delete_chat(here)
    assert seen == set(possible_ids(chat, owner.id))
    assert ann.import_chat(chat).kind == "no_id"


def test_a_chat_in_the_trash_is_left_there(ann: Store) -> None:
    chat = made_chat()
    ann.import_chat(chat)
    ann.trash_chat(chat.chat.id)
    assert (ann.import_chat(chat).kind, chats_of(ann)) == ("in_trash", [])
    ann.restore_chat(chat.chat.id)
    assert (ann.import_chat(chat).kind, chats_of(ann)) == ("unchanged", [chat.chat.id])


def test_an_imported_chat_is_private_read_and_in_its_old_place(ann: Store) -> None:
    newest, chat = answered(ann), made_chat()
    ann.import_chat(replace(chat, chat=replace(chat.chat, visibility="public")))
    first, second = ann.list_chats().chats
    assert (first.id, second.id) == (newest.chat_id, chat.chat.id)
    assert (second.updated_at, second.created_at) == (NOON, NOON)
    assert (second.visibility, second.unread, second.running) == ("private", False, False)


def test_a_walk_through_the_list_meets_each_chat_once_while_others_are_imported(ann: Store) -> None:
    listed = [answered(ann).chat_id for _ in range(7)][::-1]
    page = ann.list_chats(2)
    found = [chat.id for chat in page.chats]
    while page.cursor:
        assert ann.import_chat(made_chat()).kind == "imported"
        answered(ann, listed[-1])
        page = ann.list_chats(2, older_than=page.cursor)
        found += [chat.id for chat in page.chats]
    assert [id for id in found if id in listed] == listed
    assert len(found) == len(set(found))


def test_a_chat_is_taken_whole_or_not_at_all(ann: Store) -> None:
    chat = made_chat()
    orphan = replace(chat.messages[0].message, id=uuid4(), parent_id=uuid4())
    broken = replace(chat, messages=[*chat.messages, MessageRecord(orphan)])
    if isinstance(ann, MemoryStore):
        pytest.skip("in memory nothing is checked but by its reader")
    with pytest.raises(StatementFailed):
        ann.import_chat(broken)
    assert chats_of(ann) == []
    assert ann.import_chat(chat).kind == "imported"


def test_an_imported_chat_goes_on(ann: Store) -> None:
    chat = made_chat()
    ann.import_chat(chat)
    answered(ann, chat.chat.id, "And now?", "More.")
    assert [each.content for each in ann.list_messages(chat.chat.id)] == ["How much?", "42", "And now?", "More."]


def test_text_that_cannot_be_stored_is_stored_without_it(ann: Store) -> None:
    chat = made_chat(said="a\x00b\ud800c")
    question, answer = chat.messages
    drawn = replace(answer, message=replace(answer.message, chart=Chart("bar", "a\x00b", "c\ud800")))
    assert ann.import_chat(replace(chat, messages=[question, drawn])).kind == "imported"
    said = ann.list_messages(chat.chat.id)[-1]
    assert said.content == "abc" and said.chart == Chart("bar", "ab", "c")


def test_memory_takes_no_chat_for_which_another_would_have_to_go(owner: User) -> None:
    ann = MemoryStore(MemoryChats(max_chats=2), owner)
    there = [answered(ann).chat_id for _ in range(2)]
    assert (ann.import_chat(made_chat()).kind, set(chats_of(ann))) == ("no_room", set(there))
    long = made_chat()
    for _ in range(399):
        long = with_question(long)
    assert MemoryStore(MemoryChats(), owner).import_chat(long).kind == "no_room"
