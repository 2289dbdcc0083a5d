"""Edits of chats (rename, pin, archive, share, copy, vote); each test runs over Postgres and over memory."""

from uuid import UUID, uuid4

import pytest

from lib.errors import BadInput
from lib.store import edits
from lib.store.models import Chat, Vote
from lib.store.store import Store
from tests.integration.test_store import ann, answered, bob, new_turn  # noqa: F401

# ruff: noqa: F811


def chat(store: Store, chat_id: UUID) -> Chat:
    found = store.get_chat(chat_id)
    assert found
    return found


def test_a_title_given_by_the_user_is_cleaned_and_kept(ann: Store) -> None:
    turn = answered(ann)
    before = chat(ann, turn.chat_id)
    assert ann.edit_chat(turn.chat_id, edits.rename("  My\n\x00 orders \u202e2026 "))
    assert not ann.set_generated_title(turn.chat_id, "A model's idea")
    renamed = chat(ann, turn.chat_id)
    assert (renamed.title, renamed.title_source) == ("My orders 2026", "user")
    assert renamed.updated_at == before.updated_at


@pytest.mark.parametrize(
    "title", ["", " \n\t ", "\x00", "\u200b\u200d", "\u202e\x1b[1m", "\u3164\u2800", "\u0301", "x" * 81]
)
def test_an_invalid_title_changes_nothing(ann: Store, title: str) -> None:
    turn = answered(ann)
    with pytest.raises(BadInput):
        ann.edit_chat(turn.chat_id, edits.rename(title))
    assert chat(ann, turn.chat_id).title == "How much?"
    assert ann.edit_chat(turn.chat_id, edits.rename("é" * 80))


def test_pinned_chats_are_listed_most_recently_pinned_first_and_also_in_the_main_list(ann: Store) -> None:
    first, second, other = answered(ann).chat_id, answered(ann).chat_id, answered(ann).chat_id
    assert ann.edit_chat(first, edits.pin(True))
    assert ann.edit_chat(second, edits.pin(True))
    assert ann.edit_chat(first, edits.pin(True)), "again: its place stays"
    assert [each.id for each in ann.list_pinned()] == [second, first]
    assert [each.id for each in ann.list_pinned(1)] == [second]
    assert [each.id for each in ann.list_chats().chats] == [other, second, first]
    assert ann.edit_chat(second, edits.pin(False))
    assert [each.id for each in ann.list_pinned()] == [first]


def test_an_archived_chat_is_not_listed_until_it_is_restored(ann: Store) -> None:
    aside, stays = answered(ann).chat_id, answered(ann).chat_id
    ann.edit_chat(aside, edits.pin(True))
    assert ann.edit_chat(aside, edits.archive(True))
    assert [each.id for each in ann.list_chats().chats] == [stays]
    assert [each.id for each in ann.list_chats(archived=True).chats] == [aside]
    assert ann.list_pinned() == []
    assert chat(ann, aside).archived_at
    assert len(ann.list_messages(aside)) == 2
    assert ann.edit_chat(aside, edits.archive(False))
    assert [each.id for each in ann.list_chats().chats] == [stays, aside]
    assert ann.list_chats(archived=True).chats == []


def test_a_cursor_stays_valid_when_its_chat_is_archived(ann: Store) -> None:
    oldest, cursor, newest = (answered(ann).chat_id for _ in range(3))
    ann.edit_chat(cursor, edits.archive(True))
    assert [each.id for each in ann.list_chats(older_than=cursor).chats] == [oldest]
    assert [each.id for each in ann.list_chats(newer_than=cursor).chats] == [newest]


@pytest.mark.parametrize("visibility", ["", "secret", "PUBLIC"])
def test_a_visibility_other_than_private_or_public_is_refused(ann: Store, visibility: str) -> None:
    turn = answered(ann)
    with pytest.raises(BadInput):
        ann.edit_chat(turn.chat_id, edits.set_visibility(visibility))
    assert chat(ann, turn.chat_id).visibility == "private"


def test_the_owner_sees_whether_their_chat_is_pinned_or_archived(ann: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.pin(True))
    found = ann.find_chat(turn.chat_id)
    assert found and found.is_owner and found.unread
    assert (found.owner_name, found.pinned_at) == ("Ann", chat(ann, turn.chat_id).pinned_at)


def test_readers_of_a_public_chat_do_not_see_whether_it_is_pinned_or_archived(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.pin(True))
    ann.edit_chat(turn.chat_id, edits.archive(True))
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    mine, theirs = ann.find_chat(turn.chat_id), bob.find_chat(turn.chat_id)
    assert mine and mine.pinned_at and mine.archived_at and mine.unread
    assert theirs and (theirs.pinned_at, theirs.archived_at, theirs.unread) == (None, None, False)


def test_a_public_chats_running_answer_is_seen_by_its_readers(ann: Store, bob: Store) -> None:
    ann.start_turn(turn := new_turn())
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    found, running = bob.find_chat(turn.chat_id), bob.running_turn(turn.chat_id)
    assert found and found.running and not found.is_owner and found.owner_name == "Ann"
    assert running and running.id == turn.turn_id


def test_copying_again_makes_no_second_copy_and_votes_are_not_copied(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    bob.vote(turn.turn_id, True)
    copy_id = uuid4()
    assert bob.copy_chat(turn.chat_id, copy_id)
    copied = bob.list_messages(copy_id)
    assert bob.copy_chat(turn.chat_id, copy_id)
    assert bob.list_messages(copy_id) == copied
    assert (chat(bob, copy_id).title, chat(bob, copy_id).visibility) == ("How much?", "private")
    assert [(message.trace_id, message.asked_as) for message in copied] == [(None, None)] * 2
    assert bob.votes(copy_id) == {}
    assert len(bob.list_chats().chats) == 1


def test_the_owner_can_copy_their_own_chat(ann: Store) -> None:
    turn = answered(ann)
    copy_id = uuid4()
    assert ann.copy_chat(turn.chat_id, copy_id)
    ann.delete_chat(turn.chat_id)
    assert len(ann.list_messages(copy_id)) == 2


def test_the_last_vote_counts_and_can_be_taken_back(ann: Store) -> None:
    turn = answered(ann)
    assert ann.vote(turn.turn_id, True, " Very\r\ngood \x00")
    assert ann.votes(turn.chat_id) == {turn.turn_id: Vote(True, "Very\ngood")}
    assert ann.vote(turn.turn_id, False)
    assert ann.votes(turn.chat_id) == {turn.turn_id: Vote(False, None)}
    for _ in range(2):
        assert ann.vote(turn.turn_id, None)
        assert ann.votes(turn.chat_id) == {}


def test_only_answers_accept_votes(ann: Store) -> None:
    turn = answered(ann)
    for message_id in (turn.question_id, turn.chat_id, uuid4()):
        assert not ann.vote(message_id, True)
        assert not ann.vote(message_id, None)
    with pytest.raises(BadInput):
        ann.vote(turn.turn_id, True, "x" * 2_001)
    assert ann.votes(turn.chat_id) == {}


def test_liked_questions_begin_chats_of_ones_own_and_come_once_the_last_vote_first(ann: Store, bob: Store) -> None:
    turns = [answered(ann, question=question) for question in ("First?", "Second?", "Third?", "x" * 151)]
    follow_up = answered(ann, turns[0].chat_id, question="And then?")
    again = answered(ann, question="First?")
    for turn in (*turns, follow_up, again):
        ann.vote(turn.turn_id, True)
    ann.vote(turns[2].turn_id, False)
    ann.edit_chat(turns[1].chat_id, edits.set_visibility("public"))
    bob.vote(turns[1].turn_id, True)
    assert ann.liked_questions(10) == ["First?", "Second?"]
    assert ann.liked_questions(1) == ["First?"]
    assert bob.liked_questions(10) == []
    ann.trash_chat(turns[1].chat_id)
    assert ann.liked_questions(10) == ["First?"]


def test_each_user_has_their_own_vote(ann: Store, bob: Store) -> None:
    turn = answered(ann)
    ann.edit_chat(turn.chat_id, edits.set_visibility("public"))
    assert ann.vote(turn.turn_id, True)
    assert bob.vote(turn.turn_id, False, "No")
    assert ann.votes(turn.chat_id) == {turn.turn_id: Vote(True)}
    assert bob.votes(turn.chat_id) == {turn.turn_id: Vote(False, "No")}
    assert bob.vote(turn.turn_id, None)
    assert ann.votes(turn.chat_id) == {turn.turn_id: Vote(True)}
