"""What is read of a chat to take it away: the same in Postgres and in memory."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from lib.identity import User
from lib.messages.parts import Text, Unknown
from lib.store import edits
from lib.store.models import Vote
from lib.store.postgres import PostgresStore
from lib.store.postgres_records import MAX_PAGE_BYTES
from lib.store.store import Store
from tests.conftest import BOB
from tests.integration.stores import Stores
from tests.integration.test_store import answered, ending_of, new_turn

pytestmark = pytest.mark.on_every_postgres


@pytest.fixture
def ann(stores: Stores, owner: User) -> Store:
    return stores.store(owner)


@pytest.fixture
def bob(stores: Stores) -> Store:
    return stores.store(replace(BOB, id=f"bob-{uuid4()}"))


def ids_of(store: Store, chat_id: UUID, limit: int = 100) -> list[UUID]:
    """Of all messages, in pages of at most `limit`."""
    found: list[UUID] = []
    while page := store.list_records(chat_id, limit, after=found[-1] if found else None):
        assert len(page) <= limit
        found += [record.message.id for record in page]
    return found


def test_a_walk_by_ids_meets_each_chat_once_whatever_it_is_like(ann: Store, bob: Store) -> None:
    chats = {answered(ann).chat_id for _ in range(7)}
    answered(bob)
    first = ann.list_chat_ids(3)
    archived, deleted, active = sorted(chats)[4:]
    ann.edit_chat(archived, edits.archive(True))
    ann.delete_chat(deleted)
    answered(ann, active)
    found = [*first, *(second := ann.list_chat_ids(3, after=first[-1])), *ann.list_chat_ids(3, after=second[-1])]
    assert found == sorted(chats - {deleted})


def test_a_record_has_all_that_is_known_of_a_message(ann: Store) -> None:
    turn = new_turn(attachments=[{"name": "a", "content_type": "text/csv", "size": None, "url": None}])
    ann.start_turn(turn)
    unknown = Unknown({"type": "video", "of": [1, None]})
    ann.finish_turn(ending_of(turn, "42", "stopped", parts=[Text("42"), unknown]))
    ann.vote(turn.turn_id, False, "No.")
    question, answer = ann.list_records(turn.chat_id)
    told = [replace(message, siblings=[]) for message in ann.list_messages(turn.chat_id)]
    assert [question.message, answer.message] == told
    assert (question.message.agent, question.vote) == (None, None)
    assert (answer.message.agent, answer.vote) == ("demo", Vote(False, "No."))
    assert answer.message.parts == [Text("42"), unknown]
    assert (answer.message.usage, answer.message.trace_id) == ({"output_tokens": 2}, "tr-1")


def test_the_owner_has_all_branches_in_the_order_in_which_they_came(stores: Stores, ann: Store) -> None:
    first = answered(ann)
    second = answered(ann, first.chat_id, "And then?")
    stores.open_branch(first.chat_id, first.turn_id)
    third = answered(ann, first.chat_id, "Or?")
    came = [first.question_id, first.turn_id, second.question_id, second.turn_id, third.question_id, third.turn_id]
    stores.open_branch(first.chat_id, second.turn_id)
    extent = ann.extent(first.chat_id)
    assert extent
    for limit in (1, 2, 5, 100):
        assert ids_of(ann, first.chat_id, limit) == came
    assert (extent.messages, extent.last) == (6, third.turn_id)
    assert extent.branch == [message.id for message in ann.list_messages(first.chat_id)]


def test_a_reader_has_the_open_branch_and_no_votes_of_others(stores: Stores, ann: Store, bob: Store) -> None:
    first = answered(ann)
    second = answered(ann, first.chat_id, "And then?")
    stores.open_branch(first.chat_id, first.turn_id)
    ann.vote(first.turn_id, True, "Ann's own")
    ann.edit_chat(first.chat_id, edits.set_visibility("public"))
    bob.vote(second.turn_id, False)
    stores.open_branch(first.chat_id, second.turn_id)
    open_branch = [message.id for message in bob.list_messages(first.chat_id)]
    extent = bob.extent(first.chat_id)
    assert extent and (extent.branch, extent.last, extent.messages) == (open_branch, open_branch[-1], len(open_branch))
    assert ids_of(bob, first.chat_id, 1) == open_branch
    votes = {record.message.id: record.vote for record in bob.list_records(first.chat_id)}
    assert votes[first.turn_id] is None
    assert votes[second.turn_id] == Vote(False)


def test_a_page_of_long_messages_is_short_and_the_walk_is_whole(ann: Store) -> None:
    first = answered(ann, said="x")
    for number in range(4):
        # Nothing that Postgres could compress.
        said = "".join(f"{number}{place * 7919:x}" for place in range(MAX_PAGE_BYTES // 8))
        answered(ann, first.chat_id, said=said)
    assert len(ids_of(ann, first.chat_id)) == 10
    if isinstance(ann, PostgresStore):  # what is in memory takes no more of it
        assert len(ann.list_records(first.chat_id)) < 10
