"""Thumbs and comments."""

from collections.abc import Callable

from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def test_a_vote_is_shown_after_a_reload_and_in_another_tab(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    path = str(seeded_chats.add(new_user, "Alpha", turns=2))
    ann = visit(path)
    ann.vote("down")
    ann.expect_vote("down")
    ann.reload()
    ann.expect_vote("down")
    other = ann.another_tab(path)
    other.expect_vote("down")
    other.vote("up")
    other.expect_vote("up")
    ann.choose("Pin")
    ann.expect_vote("up")
    expect(ann.messages.nth(1).get_by_role("button", name="Add a comment")).to_have_count(0)
    assert ann.complaints == other.complaints == []


def test_a_vote_can_be_taken_back(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.vote("up")
    ann.expect_vote("up")
    ann.vote("up")
    ann.expect_vote(None)
    ann.reload()
    ann.expect_vote(None)


def test_a_comment_is_kept_and_can_be_changed(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.vote("down")
    for name, before, after in (
        ("What was wrong?", "", "It is *not* so."),
        ("Your comment", "It is *not* so.", "Now it is."),
    ):
        ann.answer.get_by_role("button", name=name).click()
        box = ann.dialog.get_by_role("textbox")
        expect(box).to_have_value(before)
        box.fill(after)
        ann.dialog.get_by_role("button", name="Send").click()
        expect(ann.dialog).to_have_count(0)
        ann.reload()
    ann.vote("up")
    ann.expect_vote("up")
    ann.answer.get_by_role("button", name="Your comment").click()
    expect(ann.dialog.get_by_role("textbox")).to_have_value("Now it is.")


def test_earlier_answers_show_vote_buttons_on_demand(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=10)))
    expect(ann.messages).to_have_count(20)
    expect(ann.page.get_by_test_id("stFeedback")).to_have_count(2)
    ann.expect_at_rest()
    ann.click("Edit or rate earlier messages")
    expect(ann.page.get_by_test_id("stFeedback")).to_have_count(10)
    expect(ann.page.get_by_role("button", name="Edit or rate earlier messages")).to_have_count(0)


def test_reasons_are_kept_with_a_thumb_down_and_go_with_a_thumb_up(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.vote("down")
    ann.answer.get_by_role("button", name="What was wrong?").click()
    ann.dialog.get_by_role("button", name="Wrong number").click()
    ann.dialog.get_by_role("button", name="Too slow").click()
    expect(ann.dialog.get_by_role("button", name="Too slow")).to_have_attribute("aria-pressed", "true")
    ann.dialog.get_by_role("button", name="Send").click()
    expect(ann.dialog).to_have_count(0)
    ann.reload()
    ann.answer.get_by_role("button", name="Your comment").click()
    pressed = ann.dialog.locator("button[aria-pressed=true]")
    expect(pressed).to_have_text(["Wrong number", "Too slow"])
    ann.page.keyboard.press("Escape")
    ann.vote("up")
    expect(ann.answer.get_by_role("button", name="Add a comment")).to_be_visible()
    assert ann.complaints == []


def test_a_vote_while_another_answer_is_written_does_not_disturb_it(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    held = agent.says("It was ", "the Nordics.", held_after=1)
    ann.ask("Which region?")
    expect(ann.answer).to_contain_text("It was")
    thumb_down = ann.messages.nth(1).get_by_test_id("stFeedback").get_by_role("radio").nth(1)
    thumb_down.click()
    expect(thumb_down).to_have_attribute("aria-checked", "true")
    expect(ann.answer).to_contain_text("It was")
    held.release_all()
    expect(ann.answer).to_contain_text("It was the Nordics.")
    expect(thumb_down).to_have_attribute("aria-checked", "true")
    assert len(agent.asked) == 1
    assert ann.complaints == []
