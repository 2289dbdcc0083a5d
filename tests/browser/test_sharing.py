"""A chat that its owner lets others read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]
BOB = User("bob-reads@example.com", "bob-reads@example.com", "Bob", authenticated=True)
NOT_FOUND = "There is no such chat here."


def close(owner: Person) -> None:
    owner.dialog.get_by_role("button", name="Close").click()
    expect(owner.dialog).to_have_count(0)


def stop_sharing(owner: Person) -> None:
    owner.choose("Share")
    owner.dialog.get_by_role("button", name="Stop sharing").click()


@pytest.fixture
def shared(visit: Visit, seeded_chats: SeededChats, new_user: User) -> Person:
    """Ann in front of a chat that she has just shared."""
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.share()
    close(ann)
    return ann


def test_a_reader_of_a_shared_chat_can_only_read(shared: Person, visit: Visit) -> None:
    bob = visit(shared.path, user=BOB)
    bob.expect_messages("Question 1.", "Answer 1.")
    bob.expect_text("Shared by Ann, read-only")
    expect(bob.heading).to_have_text("Alpha")
    expect(bob.box).to_have_count(0)
    expect(bob.page.get_by_test_id("stMenuButton")).to_have_count(0)
    bob.expect_text("No chats yet")
    bob.start_new_chat()
    assert bob.complaints == []


def test_a_readers_vote_is_their_own(shared: Person, visit: Visit) -> None:
    bob = visit(shared.path, user=BOB)
    bob.vote("down")
    bob.expect_vote("down")
    bob.reload()
    bob.expect_vote("down")
    shared.reload()
    shared.expect_vote(None)


def test_a_chat_made_private_leaves_its_readers_page_and_is_not_found_again(shared: Person, visit: Visit) -> None:
    bob = visit(shared.path, user=BOB)
    bob.expect_messages("Question 1.", "Answer 1.")
    stop_sharing(shared)
    shared.expect_text("Only you can open it.")
    bob.expect_text(NOT_FOUND)
    expect(bob.messages).to_have_count(0)
    bob.reload()
    bob.expect_text(NOT_FOUND)


def test_a_readers_copy_of_a_shared_chat_continues_on_its_own(shared: Person, visit: Visit, agent: HeldAgent) -> None:
    original = shared.path
    bob = visit(original, user=User(f"reader-{original}", None, "Bob", authenticated=True))
    bob.click("Continue in a copy of your own")
    expect(bob.box).to_be_visible()
    bob.expect_messages("Question 1.", "Answer 1.")
    bob.expect_other_path(original)
    expect(bob.links).to_contain_text(["New chat", "Alpha"])
    agent.says("Only for Bob.")
    bob.ask("And what else?")
    bob.expect_messages("Question 1.", "Answer 1.", "And what else?", "Only for Bob.")
    shared.reload()
    shared.expect_messages("Question 1.", "Answer 1.")
    shared.open(bob.path)
    shared.expect_text(NOT_FOUND)


def test_a_reader_sees_an_answer_stream_until_the_chat_is_made_private(
    ann: Person, visit: Visit, agent: HeldAgent
) -> None:
    held = agent.says("One ", "two ", "three ", "four.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    ann.share()
    close(ann)
    bob = visit(ann.path, user=BOB)
    expect(bob.answer).to_contain_text("One")
    expect(bob.stop).to_have_count(0)
    held.release()
    expect(bob.answer).to_contain_text("One two")
    stop_sharing(ann)
    bob.expect_text(NOT_FOUND)
    held.release_all()


def test_a_snapshot_has_what_was_said_until_it_is_taken_again(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.share("Snapshot")
    ann.expect_text("Shared as a snapshot")
    close(ann)
    agent.says("Said later.")
    ann.ask("And now?")
    ann.expect_answered(2)
    bob = visit(ann.path, user=BOB)
    bob.expect_messages("Question 1.", "Answer 1.")
    ann.choose("Share")
    ann.dialog.get_by_role("combobox").click()
    ann.page.get_by_role("option", name="In 7 days").click()
    ann.dialog.get_by_role("button", name="Update", exact=True).click()
    ann.expect_text("Shared as a snapshot until")
    bob.expect_text("until")
    expect(bob.messages).to_have_count(2)
    ann.dialog.get_by_role("button", name="Update snapshot").click()
    bob.expect_messages("Question 1.", "Answer 1.", "And now?", "Said later.")
    expect(ann.dialog.get_by_role("button", name="Update snapshot")).to_have_count(0)
