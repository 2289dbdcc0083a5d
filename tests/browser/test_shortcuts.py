"""Keyboard shortcuts, and the list of them."""

from playwright.sync_api import expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings


def test_the_shortcuts_are_listed_and_closing_the_list_stops_no_answer(ann: Person, agent: HeldAgent) -> None:
    shortcuts = ann.page.get_by_role("dialog", name="Keyboard shortcuts")
    held = agent.says("It was ", "the Nordics.", held_after=1)
    ann.ask("Which region sold most?")
    expect(ann.answer).to_contain_text("It was")
    ann.page.keyboard.press("Control+/")
    expect(shortcuts.get_by_text("Send the question")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    held.release_all()
    ann.expect_messages("Which region sold most?", "It was the Nordics.")
    ann.page.keyboard.press("Control+Shift+O")
    expect(ann.heading).to_have_text("What would you like to know?")


def test_a_question_mark_opens_the_list_only_where_nobody_types(ann: Person) -> None:
    shortcuts = ann.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(ann.box).to_be_focused()
    ann.page.keyboard.type("So?")
    expect(ann.box).to_have_value("So?")
    ann.page.keyboard.press("Control+K")
    ann.page.keyboard.type("so?")
    expect(ann.page.get_by_role("combobox", name="Search chats")).to_have_value("so?")
    ann.page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    ann.go_to("All chats")
    expect(ann.heading).to_have_text("All chats")
    ann.page.keyboard.press("?")
    expect(shortcuts).to_be_visible()
    assert findings(ann) == []
    shortcuts.get_by_role("button", name="Close").click()
    expect(shortcuts).to_be_hidden()
    assert ann.complaints == []
