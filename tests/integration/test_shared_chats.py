"""What readers of a shared chat see: a snapshot, until a time, and one branch; in Postgres and in memory alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from lib.chat.sharing import may_follow, share, share_again
from lib.db.database import Database
from lib.errors import BadInput
from lib.identity import User
from lib.store import bulk_edits, edits
from lib.store.chat_summary import ChatFilter
from lib.store.models import NewTurn
from lib.store.postgres import PostgresStore
from lib.store.sharing import MAX_SHARED_DAYS
from lib.store.store import Store
from tests.conftest import ANN, BOB
from tests.integration.stores import Stores
from tests.integration.test_row_level_security import run
from tests.integration.test_store import answered, contents, ending_of, new_turn, nothing_for_others
from tests.integration.test_versions import again, finished

TOMORROW = datetime.now(UTC) + timedelta(days=1)
SAID = ["How much?", "42"]


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores) -> Store:
    return stores.store(replace(BOB, id=f"bob-{uuid4()}"))


def snapshot(store: Store, chat_id: UUID, until: datetime | None = None) -> None:
    assert share(store, chat_id, is_snapshot=True, until=until)


def assert_hidden(reader: Store, turn: NewTurn) -> None:
    """Neither the answer nor its turn can be had by its id."""
    assert (reader.get_message(turn.turn_id), reader.find_turn(turn.turn_id)) == (None, None)
    assert reader.list_messages(turn.chat_id, before=turn.turn_id) == []
    assert not reader.vote(turn.turn_id, True) and not reader.vote(turn.turn_id, None)
    assert not reader.copy_chat(turn.chat_id, uuid4(), turn.turn_id)
    assert reader.read_log(turn.turn_id, 0) is None
    assert not may_follow(reader, turn.chat_id, turn.turn_id)


def seen(reader: Store, chat_id: UUID) -> list[str]:
    """What a reader is shown; the same whichever way they look, and in a copy."""
    messages, extent = reader.list_messages(chat_id), reader.extent(chat_id)
    records = [record.message.id for record in reader.list_records(chat_id)]
    assert extent and extent.branch == records == [message.id for message in messages]
    assert (extent.last, extent.messages) == (records[-1], len(records))
    assert reader.copy_chat(chat_id, copy_id := uuid4())
    assert contents(reader.list_messages(copy_id)) == contents(messages)
    return contents(messages)


def test_readers_of_a_snapshot_see_nothing_of_what_is_said_later(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    snapshot(ann, turn.chat_id)
    before = bob.find_chat(turn.chat_id)
    ann.start_turn(later := new_turn(turn.chat_id, "And now?"))
    for finish in (lambda: None, lambda: ann.finish_turn(ending_of(later, "43"))):
        finish()
        assert bob.find_chat(turn.chat_id) == before
        assert bob.running_turn(turn.chat_id) is None
        assert bob.get_message(later.question_id) is None
        assert_hidden(bob, later)
        assert seen(bob, turn.chat_id) == SAID
    assert bob.get_message(turn.turn_id) and bob.find_turn(turn.turn_id) and bob.vote(turn.turn_id, True)
    assert bob.copy_chat(turn.chat_id, uuid4(), turn.turn_id)
    mine = ann.get_chat(turn.chat_id)
    assert mine and (mine.visibility, mine.snapshot_id, mine.shared_until) == ("public", turn.turn_id, None)
    assert contents(ann.list_messages(turn.chat_id)) == [*SAID, "And now?", "43"]
    snapshot(ann, turn.chat_id)
    assert seen(bob, turn.chat_id) == [*SAID, "And now?", "43"]


def test_a_snapshot_leaves_out_a_question_that_is_being_answered(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.start_turn(later := new_turn(turn.chat_id, "And now?"))
    snapshot(ann, turn.chat_id)
    assert seen(bob, turn.chat_id) == SAID
    ann.start_turn(first := new_turn())
    snapshot(ann, first.chat_id)
    assert seen(bob, first.chat_id) == ["How much?"]
    found = bob.find_chat(first.chat_id)
    assert found and not found.running
    for running in (later, first):
        assert bob.running_turn(running.chat_id) is None
        assert_hidden(bob, running)


def test_a_snapshot_stays_when_another_branch_is_opened(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    snapshot(ann, turn.chat_id)
    other = finished(ann, again(turn, None), "44")
    assert contents(ann.list_messages(turn.chat_id)) == ["How much?", "44"]
    assert seen(bob, turn.chat_id) == SAID
    assert_hidden(bob, other)


def test_a_snapshot_ends_with_a_message_of_its_chat(ann: Store, bob: Store) -> None:
    turn, elsewhere = answered(ann), answered(ann)
    for message_id in (elsewhere.turn_id, uuid4()):
        assert not ann.edit_chat(turn.chat_id, edits.set_visibility("public", snapshot_id=message_id))
    assert bob.find_chat(turn.chat_id) is None


def test_a_share_ends_at_its_time(ann: Store, bob: Store, stores: Stores) -> None:
    for is_snapshot in (False, True):
        turn = answered(ann)
        assert share(ann, turn.chat_id, is_snapshot=is_snapshot, until=TOMORROW)
        found, mine = bob.find_chat(turn.chat_id), ann.get_chat(turn.chat_id)
        assert found and mine and found.shared_until == mine.shared_until == TOMORROW
        assert turn.chat_id in {row.chat.id for row in ann.list_summaries(ChatFilter(shared=True)).rows}
        stores.set_chat(turn.chat_id, shared_until=datetime.now(UTC) - timedelta(seconds=1))
        for method, (attempt, expected) in nothing_for_others(turn).items():
            if not isinstance(expected, type):
                assert attempt(bob) == expected, method
        mine = ann.get_chat(turn.chat_id)
        assert mine and (mine.visibility, mine.shared_at, mine.shared_until) == ("private", None, None)
        assert mine.snapshot_id is None
        assert ann.list_summaries(ChatFilter(shared=True)).rows == []
        assert ann.edit_chats([turn.chat_id], bulk_edits.set_visibility("private")) == []


UNSHARE: dict[str, Callable[[Store, UUID], object]] = {
    "private": lambda store, chat_id: store.edit_chat(chat_id, edits.set_visibility("private")),
    "several": lambda store, chat_id: store.edit_chats([chat_id], bulk_edits.set_visibility("private")) == [chat_id],
    "trash": lambda store, chat_id: store.trash_chat(chat_id) and store.restore_chat(chat_id),
    "trash several": lambda store, chat_id: store.trash_chats([chat_id]) and store.restore_chats([chat_id]),
}


@pytest.mark.parametrize("way", UNSHARE)
def test_a_limited_share_is_ended_as_any_other(ann: Store, bob: Store, way: str) -> None:
    turn = answered(ann)
    snapshot(ann, turn.chat_id, TOMORROW)
    assert bob.find_chat(turn.chat_id)
    assert UNSHARE[way](ann, turn.chat_id)
    mine = ann.get_chat(turn.chat_id)
    assert mine and (mine.visibility, mine.snapshot_id, mine.shared_until, bob.find_chat(turn.chat_id)) == (
        "private",
        None,
        None,
        None,
    )


def test_several_chats_that_were_made_private_are_shared_again_as_they_were(ann: Store, bob: Store) -> None:
    free, limited, over, other = (answered(ann) for _ in range(4))
    ann.edit_chat(free.chat_id, edits.set_visibility("public"))
    for turn in (limited, over):
        snapshot(ann, turn.chat_id, TOMORROW)
        answered(ann, turn.chat_id, "And now?", "43")
    ids = [turn.chat_id for turn in (free, limited, over, other)]
    before = [chat for chat_id in ids if (chat := ann.get_chat(chat_id))]
    before[2] = replace(before[2], shared_until=datetime.now(UTC) - timedelta(seconds=1))
    changed = ann.edit_chats(ids, bulk_edits.set_visibility("private"))
    assert set(changed) == set(ids[:3])
    assert set(share_again(ann, before, changed)) == set(ids[:2])
    assert [seen(bob, chat_id) for chat_id in ids[:2]] == [SAID, SAID]
    assert [bob.find_chat(chat_id) for chat_id in ids[2:]] == [None, None]
    after = ann.get_chat(limited.chat_id)
    assert after and (after.shared_until, after.snapshot_id) == (TOMORROW, limited.turn_id)


def test_another_end_of_sharing_leaves_the_snapshot_and_its_time(ann: Store) -> None:
    turn = answered(ann)
    snapshot(ann, turn.chat_id)
    first = ann.get_chat(turn.chat_id)
    answered(ann, turn.chat_id, "And now?", "43")
    ann.edit_chat(turn.chat_id, edits.set_visibility("public", until=TOMORROW, snapshot_id=turn.turn_id))
    then = ann.get_chat(turn.chat_id)
    assert first and then and first.shared_at and then.shared_at
    assert (then.shared_until, then.snapshot_id) == (TOMORROW, turn.turn_id)
    assert then.shared_at - first.shared_at < timedelta(milliseconds=1)


def test_sharing_without_limits_ends_the_limits(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    snapshot(ann, turn.chat_id, TOMORROW)
    answered(ann, turn.chat_id, "And now?", "43")
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    assert seen(bob, turn.chat_id) == [*SAID, "And now?", "43"]
    mine = ann.get_chat(turn.chat_id)
    assert mine and (mine.snapshot_id, mine.shared_until) == (None, None)


@pytest.mark.parametrize(
    "until",
    [
        datetime(2100, 1, 1),  # noqa: DTZ001
        datetime.now(UTC),
        datetime.now(UTC) + timedelta(days=MAX_SHARED_DAYS + 1),
    ],
)
def test_an_unfit_end_of_sharing_is_refused(until: datetime) -> None:
    with pytest.raises(BadInput):
        edits.set_visibility("public", until=until)


def test_what_is_private_has_no_limits() -> None:
    with pytest.raises(BadInput):
        edits.set_visibility("private", until=TOMORROW)


def test_readers_see_no_branch_but_the_open_one(ann: Store, bob: Store) -> None:
    first = answered(ann)
    hidden = answered(ann, first.chat_id, "And now?", "43")
    ann.edit_chat(first.chat_id, edits.set_visibility("public"))
    assert bob.find_turn(hidden.turn_id) and may_follow(bob, first.chat_id, hidden.turn_id)
    shown = finished(ann, again(hidden, first.turn_id), "44")
    assert seen(bob, first.chat_id) == [*SAID, "And now?", "44"]
    assert_hidden(bob, hidden)
    assert contents(bob.list_messages(first.chat_id, before=shown.turn_id)) == [*SAID, "And now?"]
    assert contents(ann.list_messages(first.chat_id, before=hidden.turn_id)) == [*SAID, "And now?"]
    assert ann.get_message(hidden.turn_id) and ann.vote(hidden.turn_id, True)


def test_readers_do_not_see_an_answer_that_is_written_on_another_branch(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    ann.start_turn(running := new_turn(turn.chat_id, "And now?"))
    found = bob.find_chat(turn.chat_id)
    assert found and found.running and bob.running_turn(turn.chat_id)
    assert may_follow(bob, turn.chat_id, running.turn_id)

    ann.finish_turn(ending_of(running, "43"))
    ann.start_turn(other := again(turn, None))
    assert ann.open_branch(turn.chat_id, running.turn_id)
    found, mine = bob.find_chat(turn.chat_id), ann.find_chat(turn.chat_id)
    assert found and not found.running and mine and mine.running
    assert bob.running_turn(turn.chat_id) is None and ann.running_turn(turn.chat_id)
    assert_hidden(bob, other)


def test_row_level_security_keeps_back_what_came_after_a_snapshot(database: Database) -> None:
    ann = PostgresStore(database, ANN)
    turn = answered(ann)
    snapshot(ann, turn.chat_id, TOMORROW)
    answered(ann, turn.chat_id, "And now?", "43")

    def found(what: str) -> list[object]:
        return [row[0] for row in run(database, f"SELECT {what}", user_id=BOB.id, scope="shared")]

    assert found("content FROM chat.messages ORDER BY seq") == SAID
    assert found("id FROM chat.turns") == [turn.turn_id]
    assert found("id FROM chat.chats") == [turn.chat_id]
    assert found("id FROM chat.users WHERE id <> 'bob@example.com'") == [ANN.id]
    run(database, "UPDATE chat.chats SET shared_until = now()", user_id=ANN.id)
    for table in ("messages", "turns", "chats", "users"):
        assert found(f"count(*) FROM chat.{table}") == [0], table


def test_an_older_version_of_the_app_shows_no_limited_share_and_can_end_it(database: Database) -> None:
    """It knows nothing of limits: it reads and sets `visibility` alone."""
    ann, bob = PostgresStore(database, ANN), PostgresStore(database, BOB)
    turn = answered(ann)
    older = {
        "make private": "SET visibility = 'private'",
        "trash": "SET deleted_at = now(), visibility = 'private'",
        "share": "SET visibility = 'public'",
    }
    for name, change in older.items():
        snapshot(ann, turn.chat_id, TOMORROW)
        answered(ann, turn.chat_id, "And now?", "43")
        assert run(database, "SELECT visibility FROM chat.chats", user_id=ANN.id) == [("private",)], name
        run(database, f"UPDATE chat.chats {change}", user_id=ANN.id)
        run(database, "UPDATE chat.chats SET deleted_at = NULL", user_id=ANN.id)
        found, mine = bob.find_chat(turn.chat_id), ann.get_chat(turn.chat_id)
        assert (found is not None) == (name == "share"), name
        assert mine and (mine.snapshot_id, mine.shared_until) == (None, None), name
