"""The table of all chats and the edits of several at once; each test runs over Postgres and over memory."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from lib.errors import BadInput
from lib.store import bulk_edits, edits
from lib.store.chat_summary import MAX_COUNTED, ChatFilter, Column, Order
from lib.store.store import Store
from tests.integration.stores import PostgresStores, Stores
from tests.integration.test_store import ann, answered, bob, ending_of, new_turn  # noqa: F401

# ruff: noqa: F811
pytestmark = pytest.mark.on_every_postgres
TITLES = ["Zebra", "apple", "Äpfel", "Chat 10", "chat 2", "Chat 10"]
SORTED = ["Äpfel", "apple", "Chat 10", "Chat 10", "chat 2", "Zebra"]
MANY_MESSAGES = """
INSERT INTO chat.messages (chat_id, user_id, role, status)
SELECT chats.id, chats.user_id, 'user', 'complete' FROM chat.chats, generate_series(1, %(count)s)
 WHERE chats.id = %(chat_id)s
"""
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def titled(store: Store, *titles: str) -> list[UUID]:
    ids = [answered(store).chat_id for _ in titles]
    for chat_id, title in zip(ids, titles, strict=True):
        store.edit_chat(chat_id, edits.rename(title))
    return ids


def listed(store: Store, **chosen: object) -> list[UUID]:
    return [row.chat.id for row in store.list_summaries(ChatFilter(**chosen)).rows]  # type: ignore[arg-type]


def walked(store: Store, order: Order, limit: int) -> list[UUID]:
    """The ids on all pages, one after the other."""
    page = store.list_summaries(order=order, limit=limit)
    found = [row.chat.id for row in page.rows]
    while page.cursor:
        page = store.list_summaries(order=order, limit=limit, after=page.cursor)
        assert page.rows
        found += [row.chat.id for row in page.rows]
    return found


def test_a_row_has_the_chat_its_messages_and_the_owners_votes(ann: Store, bob: Store) -> None:
    first = answered(ann)
    second = answered(ann, first.chat_id)
    ann.edit_chat(first.chat_id, edits.set_visibility("public"))
    ann.vote(first.turn_id, True)
    ann.vote(second.turn_id, False)
    bob.vote(first.turn_id, False)
    [row] = ann.list_summaries().rows
    assert row.chat == ann.get_chat(first.chat_id)
    assert (row.messages, row.upvotes, row.downvotes) == (4, 1, 1)
    assert bob.list_summaries().rows == []


def test_the_messages_of_all_branches_are_counted(ann: Store) -> None:
    first = answered(ann)
    other = new_turn(first.chat_id, is_beginning=True)
    ann.start_turn(other)
    ann.finish_turn(ending_of(other))
    assert [row.messages for row in ann.list_summaries().rows] == [4]


def test_messages_are_counted_up_to_a_thousand(ann: Store, stores: Stores) -> None:
    turn = answered(ann)
    if isinstance(stores, PostgresStores):
        stores.run(MANY_MESSAGES, chat_id=turn.chat_id, count=MAX_COUNTED)
    else:
        for number in range(MAX_COUNTED):
            stores.add_system_message(turn.chat_id, f"{number}")
    assert [row.messages for row in ann.list_summaries().rows] == [MAX_COUNTED + 1]


def test_titles_are_sorted_without_regard_to_case_and_accents(ann: Store) -> None:
    ids = dict(zip(titled(ann, *TITLES), TITLES, strict=True))
    for limit in (1, 2, 4, 25):
        assert [ids[each] for each in walked(ann, Order("title", ascending=True), limit)] == SORTED
        assert [ids[each] for each in walked(ann, Order("title"), limit)] == SORTED[::-1]


@pytest.mark.parametrize("by", ["activity", "title", "created"])
@pytest.mark.parametrize("ascending", [True, False])
def test_pages_show_each_chat_once_also_where_values_are_equal(
    ann: Store, stores: Stores, by: Column, ascending: bool
) -> None:
    ids = titled(ann, *["Same"] * 7)
    for chat_id in ids:
        stores.set_chat(chat_id, updated_at=NOON, created_at=NOON)
    expected = sorted(ids, reverse=not ascending)
    for limit in (1, 2, 3, 7):
        assert walked(ann, Order(by, ascending=ascending), limit) == expected


def test_chats_are_sorted_by_their_beginning(ann: Store) -> None:
    first, second, third = titled(ann, "1", "2", "3")
    answered(ann, first)
    assert walked(ann, Order("created"), 2) == [third, second, first]
    assert walked(ann, Order("created", ascending=True), 2) == [first, second, third]
    assert walked(ann, Order(), 2) == [first, third, second]


def test_the_last_page_says_that_it_is_the_last(ann: Store) -> None:
    titled(ann, "A", "B")
    assert ann.list_summaries(limit=2).cursor is None
    first = ann.list_summaries(limit=1)
    assert first.cursor and ann.list_summaries(limit=1, after=first.cursor).cursor is None


def test_a_page_goes_on_after_a_chat_that_was_deleted(ann: Store) -> None:
    older, middle, newer = titled(ann, "C", "B", "A")
    page = ann.list_summaries(limit=2)
    assert [row.chat.id for row in page.rows] == [newer, middle]
    ann.delete_chat(middle)
    assert [row.chat.id for row in ann.list_summaries(limit=2, after=page.cursor).rows] == [older]


def test_each_filter_finds_its_chats_and_all_must_be_met(ann: Store) -> None:
    plain, pinned, shared, archived, busy = titled(ann, "plain", "pinned", "shared", "archived", "busy")
    ann.edit_chat(pinned, edits.pin(True))
    ann.edit_chat(shared, edits.set_visibility("public"))
    ann.edit_chat(archived, edits.set_visibility("public"))
    ann.edit_chat(archived, edits.archive(True))
    ann.start_turn(new_turn(busy))
    assert listed(ann) == [busy, shared, pinned, plain]
    assert listed(ann, archived=True) == [archived]
    assert set(listed(ann, archived=None)) == {plain, pinned, shared, archived, busy}
    assert listed(ann, pinned=True) == [pinned]
    assert listed(ann, shared=True) == [shared]
    assert set(listed(ann, shared=True, archived=None)) == {shared, archived}
    assert listed(ann, running=True) == [busy]
    assert listed(ann, running=True, shared=True) == []
    ann.edit_chat(busy, edits.set_visibility("public"))
    assert listed(ann, running=True, shared=True) == [busy]


def test_chats_are_filtered_by_their_agent(ann: Store) -> None:
    ids = {name: new_turn(agent=name) for name in ("sales", "demo", "gone")}
    for turn in ids.values():
        ann.start_turn(turn)
    ann.edit_chat(ids["gone"].chat_id, edits.archive(True))
    ann.start_turn(new_turn(agent=None))
    ann.start_turn(new_turn(agent="sales"))
    assert ann.list_agents() == ["demo", "sales"]
    assert listed(ann, agent="demo") == [ids["demo"].chat_id]
    assert len(listed(ann, agent="sales")) == 2
    assert listed(ann, agent="nobody's") == []


def test_a_range_of_dates_has_its_beginning_and_not_its_end(ann: Store, stores: Stores) -> None:
    days = [answered(ann).chat_id for _ in range(4)]
    for number, chat_id in enumerate(days):
        stores.set_chat(chat_id, updated_at=NOON + timedelta(days=number))
    assert listed(ann, since=NOON + timedelta(days=1), before=NOON + timedelta(days=3)) == [days[2], days[1]]
    assert listed(ann, since=NOON + timedelta(days=3)) == [days[3]]
    assert listed(ann, before=NOON + timedelta(microseconds=1)) == [days[0]]


def test_several_chats_are_archived_at_once_and_only_those_that_changed_are_returned(ann: Store, bob: Store) -> None:
    first, second, third = titled(ann, "1", "2", "3")
    [theirs] = titled(bob, "Bob's")
    assert ann.edit_chats([first, theirs, uuid4()], bulk_edits.archive(True)) == [first]
    before = ann.get_chat(first)
    assert set(ann.edit_chats([first, second, third], bulk_edits.archive(True))) == {second, third}
    assert ann.get_chat(first) == before
    assert listed(ann) == [] and listed(bob) == [theirs]
    assert set(ann.edit_chats([second, third, first], bulk_edits.archive(False))) == {first, second, third}
    assert ann.edit_chats([], bulk_edits.archive(True)) == []
    assert ann.list_chats(archived=True).chats == []


def test_several_chats_are_made_private_at_once(ann: Store, bob: Store) -> None:
    first, second, never = titled(ann, "1", "2", "3")
    for chat_id in (first, second):
        ann.edit_chat(chat_id, edits.set_visibility("public"))
    changed = ann.edit_chats([first, second, never], bulk_edits.set_visibility("private"))
    assert set(changed) == {first, second}
    assert [bob.find_chat(chat_id) for chat_id in (first, second)] == [None, None]
    with pytest.raises(BadInput):
        ann.edit_chats([first], bulk_edits.set_visibility("secret"))


def test_a_deleted_chat_is_not_changed(ann: Store) -> None:
    first, second = titled(ann, "1", "2")
    ann.delete_chat(first)
    assert ann.edit_chats([first, second], bulk_edits.archive(True)) == [second]


def test_another_users_chats_are_neither_listed_nor_counted(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    for chosen in (ChatFilter(archived=None), ChatFilter(shared=True), ChatFilter(agent="demo")):
        assert bob.list_summaries(chosen).rows == []
        assert bob.list_summaries(chosen, Order("title")).rows == []
    assert bob.list_agents() == []


def test_several_chats_go_to_the_trash_at_once_and_come_back(ann: Store, bob: Store) -> None:
    first, second, kept = titled(ann, "1", "2", "3")
    [theirs] = titled(bob, "Bob's")
    ann.edit_chat(first, edits.set_visibility("public"))
    assert set(ann.trash_chats([first, second, theirs, uuid4()])) == {first, second}
    assert ann.trash_chats([first]) == []
    assert listed(ann, archived=None) == [kept] and listed(bob) == [theirs]
    assert ann.edit_chats([first, kept], bulk_edits.archive(True)) == [kept]
    assert {chat.id for chat in ann.list_trashed().chats} == {first, second}
    assert bob.restore_chats([first]) == [] and bob.delete_chats([first]) == []
    assert set(ann.restore_chats([first, second, kept])) == {first, second}
    assert listed(ann) == [second, first]
    assert bob.find_chat(first) is None


def test_several_chats_are_deleted_for_good_in_the_trash_or_not(ann: Store, bob: Store) -> None:
    first, second, kept = titled(ann, "1", "2", "3")
    ann.trash_chats([first])
    assert set(ann.delete_chats([first, second, uuid4()])) == {first, second}
    assert ann.delete_chats([first, second]) == [] and ann.restore_chats([first]) == []
    assert ann.was_deleted(first) and ann.was_deleted(second)
    assert listed(ann) == [kept] and ann.list_trashed().chats == []
