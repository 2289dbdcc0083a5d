"""Edit, regenerate and fork on the page: every version is kept and can be opened again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from local.app import AppProcess
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]
FIRST, SECOND, EDITED = "How many orders are there?", "And how many customers?", "Which region sold most last quarter?"
MENU = "What to do with this answer"
LONGER_THAN_A_MOVEMENT_MS = 500
"""Streamlit begins to scroll to the end of a chat within 51 ms, and is there after a few frames."""


@pytest.fixture
def talk(ann: Person, agent: HeldAgent) -> Person:
    """Two questions with the answers One and Two."""
    for number, (question, answer) in enumerate(((FIRST, "One."), (SECOND, "Two.")), start=1):
        agent.says(answer)
        ann.ask(question)
        ann.expect_answered(number)
    return ann


def edit_box(person: Person) -> Locator:
    """Where a question is edited, in its place among the messages."""
    return person.messages.get_by_test_id("stChatInputTextArea")


def begin_edit(person: Person, place: int) -> None:
    person.page.get_by_role("button", name="Edit", exact=False).nth(place).click()
    expect(edit_box(person)).to_be_focused()


def choose_for(person: Person, place: int, action: str) -> None:
    """From the menu of an answer."""
    person.page.get_by_role("button", name=MENU).nth(place).click()
    person.page.get_by_role("menuitem", name=action, exact=True).click()


def step(person: Person, label: str) -> Locator:
    return person.page.get_by_role("button", name=label)


def test_a_question_is_edited_in_its_place_and_both_versions_are_kept(talk: Person, agent: HeldAgent) -> None:
    talk.page.get_by_test_id("stBottom").get_by_test_id("stChatInputTextArea").fill("a draft")
    begin_edit(talk, 1)
    expect(edit_box(talk)).to_have_value(SECOND)
    edit_box(talk).press("Escape")
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")
    begin_edit(talk, 1)
    edit_box(talk).fill(EDITED)
    edit_box(talk).press("Shift+Enter")
    edit_box(talk).press_sequentially("Please.")
    answer = agent.says("Three", ".", held_after=1)
    edit_box(talk).press("Enter")
    talk.expect_messages(FIRST, "One.", f"{EDITED}\nPlease.", "Three")
    expect(talk.answer).not_to_contain_text("Two.")
    expect(talk.page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(talk.page.get_by_role("button", name=MENU)).to_have_count(1)
    answer.release_all()
    talk.expect_messages(FIRST, "One.", f"{EDITED}\nPlease.", "Three.")
    talk.expect_answered(2)
    talk.expect_text("2/2")
    expect(talk.box).to_have_value("a draft")
    previous = step(talk, "Previous version")
    previous.focus()
    previous.press("Enter")
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")
    talk.expect_text("1/2")
    expect(previous).to_be_focused()
    previous.press("Enter")
    talk.expect_messages(FIRST, "One.", EDITED, "Three.")
    talk.reload()
    talk.expect_messages(FIRST, "One.", EDITED, "Three.")
    talk.expect_idle()
    step(talk, "Next version").click()
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")
    assert talk.complaints == []


def test_the_box_stays_in_view_where_the_chat_just_fits_the_window(talk: Person) -> None:
    """Streamlit keeps a chat at its end, and the box makes it longer than the window."""
    talk.page.set_viewport_size({"width": 1280, "height": 300})
    main = talk.page.locator(".stMain")
    missing = int(main.evaluate("main => main.scrollHeight - main.clientHeight"))
    talk.page.set_viewport_size({"width": 1280, "height": 300 + missing})
    talk.reload()
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")
    talk.expect_idle()
    begin_edit(talk, 0)
    talk.expect_place_kept()
    talk.page.wait_for_timeout(LONGER_THAN_A_MOVEMENT_MS)
    assert main.evaluate("main => main.scrollHeight > main.clientHeight")
    assert talk.is_below_header(edit_box(talk))


def test_an_older_answer_is_regenerated_by_another_agent_and_the_agent_reads_the_open_branch_alone(
    talk: Person, agent: HeldAgent
) -> None:
    answer = agent.says("Other", ".", held_after=1)
    choose_for(talk, 0, "Regenerate with demo-chat")
    talk.expect_messages(FIRST, "Other")
    expect(talk.answer).not_to_contain_text("One.")
    answer.release_all()
    talk.expect_messages(FIRST, "Other.")
    talk.expect_answered(1)
    expect(talk.answer).to_contain_text("demo-chat")
    assert agent.asked[-1].path.endswith("/demo-chat/invocations")
    agent.says("Four.")
    talk.ask(EDITED)
    talk.expect_messages(FIRST, "Other.", EDITED, "Four.")
    sent = agent.asked[-1].body.decode()
    assert "Other." in sent and SECOND not in sent and agent.asked[-1].path.endswith("/demo-agent/invocations")
    step(talk, "Previous version").click()
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")


def test_who_switches_during_an_answer_stays_and_is_told_of_it_in_every_tab(talk: Person, agent: HeldAgent) -> None:
    answer = agent.says("Half, ", "whole.", held_after=1)
    choose_for(talk, 1, "Regenerate")
    talk.expect_text("Half,")
    other = talk.another_tab(talk.path)
    other.expect_messages(FIRST, "One.", SECOND, "Half,")
    step(talk, "Previous version").click()
    for tab in (talk, other):
        tab.expect_messages(FIRST, "One.", SECOND, "Two.")
        tab.expect_text("An answer is being written in another version of this chat.")
    talk.click("Show it")
    for tab in (talk, other):
        tab.expect_messages(FIRST, "One.", SECOND, "Half,")
    step(other, "Previous version").click()
    talk.expect_messages(FIRST, "One.", SECOND, "Two.")
    answer.release_all()
    for tab in (talk, other):
        expect(tab.stop).to_have_count(0)
        tab.expect_messages(FIRST, "One.", SECOND, "Two.")
        tab.expect_text("1/2")
    step(talk, "Next version").click()
    for tab in (talk, other):
        tab.expect_messages(FIRST, "One.", SECOND, "Half, whole.")
    assert talk.complaints == other.complaints == []


def test_a_switch_at_another_replica_is_followed(
    visit: Visit, seeded_chats: SeededChats, new_user: User, other_app: AppProcess, agent: HeldAgent
) -> None:
    path = str(seeded_chats.add(new_user, "Alpha", turns=2))
    here, there = visit(path), visit(path, url=other_app.url)
    agent.says("Again.")
    choose_for(there, 1, "Regenerate")
    there.expect_answered(2)
    here.reload()
    expect(here.answer).to_contain_text("Again.")
    step(here, "Previous version").click()
    expect(here.answer).not_to_contain_text("Again.")
    there.reload()
    expect(there.answer).not_to_contain_text("Again.")
    there.expect_text("1/2")


def test_a_new_chat_begins_at_any_answer(talk: Person, agent: HeldAgent) -> None:
    source = talk.path
    choose_for(talk, 0, "New chat from here")
    expect(talk.links).to_have_count(3)
    talk.expect_messages(FIRST, "One.")
    talk.page.wait_for_function("path => !location.href.endsWith(path)", arg=source)
    agent.says("Five.")
    talk.ask(EDITED)
    talk.expect_messages(FIRST, "One.", EDITED, "Five.")
    talk.open(source).expect_messages(FIRST, "One.", SECOND, "Two.")


def test_a_failed_answer_is_tried_again_and_continued(ann: Person, agent: HeldAgent) -> None:
    agent.set_next_fault(status=413)
    ann.ask(FIRST)
    ann.expect_text("too long for the agent")
    agent.says("One.")
    ann.click("Try again")
    ann.expect_messages(FIRST, "One.")
    ann.expect_text("2/2")


def test_nothing_can_be_asked_twice_at_once_on_two_branches(talk: Person, agent: HeldAgent) -> None:
    answer = agent.says("Half, ", "whole.", held_after=1)
    talk.ask(EDITED)
    talk.expect_text("Half,")
    choose_for(talk, 0, "Regenerate")
    talk.expect_text("An answer is still being written in this chat.")
    answer.release_all()
    talk.expect_messages(FIRST, "One.", SECOND, "Two.", EDITED, "Half, whole.")


def test_readers_of_a_shared_chat_change_nothing(
    visit: Visit, seeded_chats: SeededChats, new_user: User, talk: Person
) -> None:
    path = talk.path
    talk.share()
    reader = visit(path, user=User("bob@example.com", "bob@example.com", "Bob", authenticated=True))
    reader.expect_messages(FIRST, "One.", SECOND, "Two.")
    for name in ("Edit", MENU, "Next version"):
        expect(reader.page.get_by_role("button", name=name)).to_have_count(0)
