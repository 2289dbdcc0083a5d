"""The trash of a store, and the deletion of all that is a user's; each test runs over Postgres and over memory."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from lib.errors import ChatBusy, Gone, NotFound
from lib.store import edits
from lib.store.models import Chat
from lib.store.sharing import unshared
from lib.store.store import Store
from tests.integration.test_store import ann, answered, bob, contents, ending_of, new_turn  # noqa: F401

# ruff: noqa: F811
pytestmark = pytest.mark.on_every_postgres


def trashed(store: Store) -> list[UUID]:
    return [chat.id for chat in store.list_trashed(100).chats]


def listed(store: Store, *, archived: bool = False) -> list[UUID]:
    return [chat.id for chat in store.list_chats(100, archived=archived).chats]


def pinned_archived_and_shared(store: Store) -> UUID:
    chat_id = answered(store, question="Lisbon").chat_id
    for edit in (edits.pin(True), edits.archive(True), edits.set_visibility("public")):
        store.edit_chat(chat_id, edit)
    return chat_id


def test_a_trashed_chat_is_listed_in_the_trash_alone(ann: Store) -> None:
    kept, gone = answered(ann).chat_id, answered(ann).chat_id
    assert ann.trash_chat(gone)
    assert (listed(ann), trashed(ann)) == ([kept], [gone])
    (chat,) = ann.list_trashed().chats
    assert chat.deleted_at and (datetime.now(UTC) - chat.deleted_at).total_seconds() < 60
    assert chat.title == "How much?"


def test_trashing_again_keeps_the_time_and_restoring_again_changes_nothing(ann: Store) -> None:
    first, second = answered(ann).chat_id, answered(ann).chat_id
    assert ann.trash_chat(first) and ann.trash_chat(second)
    before = ann.list_trashed().chats
    assert ann.trash_chat(first)
    assert ann.list_trashed().chats == before
    assert ann.restore_chat(first) and ann.restore_chat(first)
    assert (listed(ann), trashed(ann)) == ([first], [second])


def test_a_restored_chat_is_as_before_but_private(ann: Store, bob: Store) -> None:
    chat_id = pinned_archived_and_shared(ann)
    before, messages = ann.get_chat(chat_id), ann.list_messages(chat_id)
    assert before and before.archived_at and before.pinned_at and bob.find_chat(chat_id)
    ann.trash_chat(chat_id)
    ann.restore_chat(chat_id)
    assert ann.get_chat(chat_id) == unshared(before)
    assert ann.list_messages(chat_id) == messages
    assert (listed(ann, archived=True), bob.find_chat(chat_id)) == ([chat_id], None)


def reads(chat_id: UUID, answer_id: UUID) -> dict[str, Callable[[Store], object]]:
    """Each finds something before the chat is trashed, and nothing after it."""
    return {
        "find_chat": lambda store: store.find_chat(chat_id),
        "list_messages": lambda store: store.list_messages(chat_id),
        "get_message": lambda store: store.get_message(answer_id),
        "find_turn": lambda store: store.find_turn(answer_id),
        "votes": lambda store: store.votes(chat_id),
        "vote": lambda store: store.vote(answer_id, True),
        "extent": lambda store: store.extent(chat_id),
        "list_records": lambda store: store.list_records(chat_id),
        "copy_chat": lambda store: store.copy_chat(chat_id, uuid4()),
        "fork": lambda store: store.copy_chat(chat_id, uuid4(), answer_id),
    }


def own_reads(chat_id: UUID) -> dict[str, Callable[[Store], object]]:
    return {
        "get_chat": lambda store: store.get_chat(chat_id),
        "list_pinned": lambda store: store.list_pinned(),
        "archived": lambda store: store.list_chats(archived=True).chats,
        "search": lambda store: store.search("Lisbon").hits,
        "search_chats": lambda store: store.search_chats("Lisbon").chats,
        "list_chat_ids": lambda store: store.list_chat_ids(10),
    }


def test_nothing_finds_a_trashed_chat_neither_for_its_owner_nor_for_readers(ann: Store, bob: Store) -> None:
    chat_id = pinned_archived_and_shared(ann)
    ann.edit_chat(pinned_only := answered(ann, question="Lisbon").chat_id, edits.pin(True))
    answer_id = ann.list_messages(chat_id)[-1].id
    for store in (ann, bob):
        store.vote(answer_id, True)
        for name, read in reads(chat_id, answer_id).items():
            assert read(store), name
    for name, read in own_reads(chat_id).items():
        assert read(ann), name
    for copy in listed(ann):
        ann.delete_chat(copy)
    assert ann.trash_chat(chat_id)
    for store in (ann, bob):
        for name, read in reads(chat_id, answer_id).items():
            assert not read(store), name
    for name, read in own_reads(chat_id).items():
        assert not read(ann), name
    assert pinned_only not in listed(ann)


@pytest.mark.parametrize("edit", [edits.rename("Mine"), edits.pin(True), edits.archive(True)])
def test_a_trashed_chat_cannot_be_edited(ann: Store, edit: edits.Edit) -> None:
    turn = answered(ann)
    ann.trash_chat(turn.chat_id)
    before = ann.list_trashed().chats
    for attempt in (
        lambda: ann.edit_chat(turn.chat_id, edit),
        lambda: ann.open_branch(turn.chat_id, turn.turn_id),
        lambda: ann.start_turn(new_turn(turn.chat_id)),
        lambda: ann.start_turn(turn),
    ):
        with pytest.raises(Gone):
            attempt()
    assert ann.list_trashed().chats == before
    assert ann.was_deleted(turn.chat_id)


def test_copying_again_under_the_id_of_a_chat_in_the_trash_is_refused(ann: Store, bob: Store) -> None:
    source, copy = answered(ann).chat_id, uuid4()
    ann.edit_chat(source, edits.set_visibility("public"))
    assert ann.copy_chat(source, copy)
    ann.trash_chat(copy)
    with pytest.raises(Gone):
        ann.copy_chat(source, copy)
    assert not bob.copy_chat(source, copy)
    assert (listed(ann), trashed(ann)) == ([source], [copy])


def test_another_user_finds_no_trash_and_restores_nothing(ann: Store, bob: Store) -> None:
    chat_id = pinned_archived_and_shared(ann)
    assert not bob.trash_chat(chat_id)
    assert ann.get_chat(chat_id)
    ann.trash_chat(chat_id)
    assert (trashed(bob), bob.restore_chat(chat_id), bob.delete_chat(chat_id)) == ([], False, False)
    assert (bob.was_deleted(chat_id), bob.trash_chat(chat_id)) == (False, False)
    with pytest.raises(NotFound):
        bob.start_turn(new_turn(chat_id))
    with pytest.raises(NotFound):
        bob.start_turn(new_turn(chat_id, said_at=datetime.now(UTC)))
    assert trashed(ann) == [chat_id]


def test_a_chat_deleted_for_good_can_neither_be_trashed_nor_restored(ann: Store) -> None:
    live, in_trash = answered(ann).chat_id, answered(ann).chat_id
    ann.trash_chat(in_trash)
    for chat_id in (live, in_trash):
        assert ann.delete_chat(chat_id)
        for move in (ann.trash_chat, ann.restore_chat):
            with pytest.raises(Gone):
                move(chat_id)
    assert (listed(ann), trashed(ann)) == ([], [])
    assert not ann.trash_chat(uuid4())
    assert not ann.restore_chat(uuid4())


def test_an_answer_and_a_title_that_come_late_are_kept_in_the_trash(ann: Store) -> None:
    ann.start_turn(turn := new_turn())
    ann.trash_chat(turn.chat_id)
    assert ann.running_turn(turn.chat_id) is None
    assert ann.list_running_chats() == [turn.chat_id]
    ann.finish_turn(ending_of(turn, "Late"))
    assert ann.set_generated_title(turn.chat_id, "A late title")
    assert ann.add_follow_ups(turn.chat_id, turn.turn_id, ["Why?"])
    assert (listed(ann), trashed(ann), ann.list_running_chats()) == ([], [turn.chat_id], [])
    ann.restore_chat(turn.chat_id)
    assert contents(ann.list_messages(turn.chat_id)) == ["How much?", "Late"]
    chat = ann.get_chat(turn.chat_id)
    assert chat and (chat.title, chat.running, chat.unread) == ("A late title", False, True)


def test_a_question_that_waited_for_the_database_is_kept_in_the_trash(ann: Store) -> None:
    first = answered(ann)
    ann.trash_chat(first.chat_id)
    late = new_turn(first.chat_id, "Asked in an outage", said_at=datetime.now(UTC))
    assert ann.start_turn(late).is_new
    assert not ann.start_turn(late).is_new
    with pytest.raises(ChatBusy):
        ann.start_turn(new_turn(first.chat_id, said_at=datetime.now(UTC)))
    ann.finish_turn(ending_of(late, "Late"))
    assert (listed(ann), trashed(ann)) == ([], [first.chat_id])
    ann.restore_chat(first.chat_id)
    assert contents(ann.list_messages(first.chat_id)) == ["How much?", "42", "Asked in an outage", "Late"]


def pages(store: Store, limit: int) -> list[list[Chat]]:
    found, cursor = [], None
    while True:
        page = store.list_trashed(limit, after=cursor)
        found.append(page.chats)
        assert page.has_more == (page.cursor is not None)
        if page.cursor is None:
            return found
        cursor = page.cursor


def test_the_trash_is_paged_last_trashed_first(ann: Store) -> None:
    ids = [answered(ann).chat_id for _ in range(5)]
    for chat_id in (order := [ids[each] for each in (3, 0, 4, 1, 2)]):
        ann.trash_chat(chat_id)
    found = pages(ann, 2)
    assert [[chat.id for chat in page] for page in found] == [order[:2:-1], order[2:0:-1], order[:1]]
    assert [len(page) for page in pages(ann, 5)] == [5]


def test_a_page_of_the_trash_goes_on_where_its_last_chat_was_restored(ann: Store) -> None:
    ids = [answered(ann).chat_id for _ in range(4)]
    for chat_id in ids:
        ann.trash_chat(chat_id)
    page = ann.list_trashed(2)
    ann.restore_chat(page.chats[-1].id)
    assert [chat.id for chat in ann.list_trashed(2, after=page.cursor).chats] == [ids[1], ids[0]]


def test_all_chats_of_a_user_are_deleted_and_none_of_others(ann: Store, bob: Store) -> None:
    turns = [answered(ann) for _ in range(3)]
    ann.trash_chat(turns[0].chat_id)
    ann.edit_chat(turns[1].chat_id, edits.archive(True))
    ann.start_turn(running := new_turn())
    kept = answered(bob)
    deleted = ann.delete_some_chats()
    assert set(deleted.chat_ids) == {running.chat_id, *(turn.chat_id for turn in turns)}
    assert deleted.messages == 7
    assert ann.delete_some_chats().chat_ids == []
    assert (listed(ann), listed(ann, archived=True), trashed(ann)) == ([], [], [])
    ann.finish_turn(ending_of(running))
    for chat_id in deleted.chat_ids:
        with pytest.raises(Gone):
            ann.start_turn(new_turn(chat_id))
    assert listed(bob) == [kept.chat_id]


def test_a_forgotten_user_leaves_nothing_and_can_begin_anew(ann: Store, bob: Store) -> None:
    shared, own, deleted = answered(bob), answered(ann), answered(ann)
    bob.edit_chat(shared.chat_id, edits.set_visibility("public"))
    assert ann.vote(shared.turn_id, True) and ann.vote(own.turn_id, True) and bob.vote(shared.turn_id, False)
    ann.delete_chat(deleted.chat_id)
    while ann.delete_some_chats().chat_ids:
        pass
    assert ann.forget_user() == 1
    assert ann.forget_user() == 0
    assert ann.votes(shared.chat_id) == {}
    assert set(bob.votes(shared.chat_id)) == {shared.turn_id}
    assert not ann.was_deleted(deleted.chat_id)
    assert answered(ann).chat_id in listed(ann)
