"""Standing instructions: written in Settings, sent with every question, and left out of a chat."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings
from tests.browser.test_reachable_controls import PHONE
from tests.browser.test_settings import choose, open_settings

Visit = Callable[..., Person]
MINE = "Answer in short sentences;\namounts in euros."
WITHOUT, WITH = "Without my standing instructions", "With my standing instructions"


def settings_of(person: Person) -> Locator:
    """The open dialog. On a phone the sidebar is opened first."""
    expander = person.page.get_by_test_id("stExpandSidebarButton")
    if expander.is_visible():
        expander.click()
    return open_settings(person)


def box_in(dialog: Locator) -> Locator:
    return dialog.get_by_role("textbox", name="Standing instructions")


def write(dialog: Locator, instructions: str) -> None:
    box_in(dialog).fill(instructions)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def sent(agent: HeldAgent) -> list[Any]:
    """The system messages of the last request."""
    return [item["content"] for item in agent.asked[-1].json["input"] if item.get("role") == "system"]


@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"]
)
def test_instructions_go_with_their_person_to_another_browser(
    visit: Visit, agent: HeldAgent, options: dict[str, Any]
) -> None:
    ann = visit(**options)
    dialog = settings_of(ann)
    expect(dialog.get_by_text("as a system message before the conversation")).to_be_visible()
    assert findings(ann) == []
    write(dialog, MINE)
    elsewhere = visit(**options)
    agent.says("Yes.")
    elsewhere.ask("Well?")
    elsewhere.expect_answered()
    assert sent(agent) == [MINE]
    box = box_in(settings_of(elsewhere))
    expect(box).to_have_value(MINE)
    expect(box).not_to_be_focused()
    elsewhere.dialog.get_by_role("button", name="Cancel").click()
    assert ann.complaints == elsewhere.complaints == []


def test_a_chat_is_asked_without_them_as_long_as_it_says_so(ann: Person, agent: HeldAgent) -> None:
    agent.says("First.")
    ann.ask("One?")
    ann.expect_answered()
    ann.page.get_by_role("button", name="What to do with this chat").click()
    expect(ann.page.get_by_role("menuitem", name="Archive")).to_be_visible()
    expect(ann.page.get_by_role("menuitem", name=WITHOUT)).to_have_count(0)
    ann.page.keyboard.press("Escape")
    write(settings_of(ann), MINE)
    for number, (action, instructions) in enumerate(((WITHOUT, []), (WITH, [MINE])), start=2):
        ann.choose(action)
        expect(ann.page.get_by_role("main").get_by_text(WITHOUT)).to_have_count(int(action == WITHOUT))
        agent.says("Next.")
        ann.ask("And then?")
        ann.expect_answered(number)
        assert sent(agent) == instructions


def test_a_temporary_chat_uses_them_and_outlives_the_dialog(ann: Person, agent: HeldAgent) -> None:
    ann.page.get_by_text("Temporary chat", exact=True).click()
    ann.expect_path("temporary")
    agent.says("One.")
    ann.ask("Count")
    ann.expect_messages("Count", "One.")
    ann.expect_idle()
    write(settings_of(ann), MINE)
    ann.expect_messages("Count", "One.")
    agent.says("Two.")
    ann.ask("Go on")
    ann.expect_messages("Count", "One.", "Go on", "Two.")
    assert sent(agent) == [MINE]


def test_other_settings_are_kept_together_with_them(visit: Visit) -> None:
    ann = visit(color_scheme="light")
    dialog = settings_of(ann)
    choose(dialog, "Dark")
    write(dialog, MINE)
    ann.page.wait_for_function("getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === 'dark'")
    expect(box_in(settings_of(ann))).to_have_value(MINE)
