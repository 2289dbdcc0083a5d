"""An answer does not depend on a tab: users reload, leave and come back while it streams."""

import pytest
from playwright.sync_api import expect

from local.workspace import Fault
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.waiting import until

PIECES = ("One ", "two ", "three ", "four ", "five.")
WHOLE = "One two three four five."


@pytest.fixture
def held(ann: Person, agent: HeldAgent) -> Fault:
    """Ann in front of an answer of which two words have arrived."""
    fault = agent.says(*PIECES, held_after=2)
    ann.ask("Count to five")
    expect(ann.answer).to_contain_text("One two")
    return fault


def test_a_reload_shows_the_partial_answer_and_streams_the_rest(ann: Person, held: Fault) -> None:
    ann.reload()
    expect(ann.answer).to_contain_text("One two")
    held.release()
    expect(ann.answer).to_contain_text("One two three")
    held.release_all()
    ann.expect_messages("Count to five", WHOLE)
    ann.expect_idle()


def test_a_second_tab_shows_the_same_answer_to_its_end(ann: Person, held: Fault) -> None:
    other = ann.another_tab(ann.path)
    expect(other.answer).to_contain_text("One two")
    held.release()
    for tab in (ann, other):
        expect(tab.answer).to_contain_text("One two three")
    held.release_all()
    for tab in (ann, other):
        tab.expect_messages("Count to five", WHOLE)
        tab.expect_idle()
    assert other.complaints == []


def test_stop_in_a_second_tab_stops_the_answer_in_both(ann: Person, held: Fault) -> None:
    other = ann.another_tab(ann.path)
    other.stop.click()
    for tab in (ann, other):
        expect(tab.answer).to_contain_text("You stopped this answer.")
        expect(tab.answer).to_contain_text("One two")


def test_visiting_another_page_during_an_answer_loses_nothing(ann: Person, held: Fault) -> None:
    path = ann.path
    ann.start_new_chat()
    held.release_all()
    expect(ann.links).to_have_count(2)
    ann.links.last.click()
    ann.expect_messages("Count to five", WHOLE)
    ann.expect_path(path)


def test_two_answers_at_once_do_not_mix(ann: Person, held: Fault, agent: HeldAgent) -> None:
    first = ann.path
    ann.start_new_chat()
    other = agent.says("uno ", "due ", "tre.", held_after=1)
    ann.ask("Count in Italian")
    expect(ann.answer).to_contain_text("uno")
    second = ann.path
    ann.page.go_back()
    ann.open(first)
    expect(ann.answer).to_contain_text("One two")
    held.release_all()
    other.release_all()
    ann.expect_messages("Count to five", WHOLE)
    ann.open(second)
    ann.expect_messages("Count in Italian", "uno due tre.")


def test_an_answer_is_complete_although_its_tab_was_closed(ann: Person, held: Fault) -> None:
    path = ann.path
    ann.page.close()
    held.release_all()
    back = ann.another_tab(path)
    back.expect_messages("Count to five", WHOLE)


def test_a_chat_is_marked_as_running_in_the_sidebar_until_its_answer_ends(ann: Person, held: Fault) -> None:
    mark = ann.links.last.get_by_test_id("stSpinnerIcon").or_(ann.links.last.locator("[data-testid*=pinner]")).first
    expect(mark).to_be_visible()
    held.release_all()
    ann.expect_idle()
    expect(mark).to_have_count(0)


def test_a_chat_can_be_deleted_during_its_answer(ann: Person, held: Fault, agent: HeldAgent) -> None:
    held.release()
    expect(ann.answer).to_contain_text("One two three")
    ann.choose("Delete")
    ann.expect_text("What would you like to know?")
    ann.expect_text("No chats yet")
    until(lambda: agent.asked[-1].closed_by_client)


def test_a_chat_whose_answer_ended_in_the_background_is_marked_unread_until_it_is_opened(
    ann: Person, held: Fault
) -> None:
    ann.start_new_chat()
    unread = ann.links.last.get_by_text("mark_chat_unread")
    expect(unread).to_have_count(0)
    held.release_all()
    expect(unread).to_have_count(1)
    ann.links.last.click()
    ann.expect_messages("Count to five", WHOLE)
    expect(unread).to_have_count(0)
    ann.start_new_chat()
    expect(unread).to_have_count(0)
