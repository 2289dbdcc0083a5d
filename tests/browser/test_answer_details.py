"""The details of an answer, shown on demand."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import DONE, HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings
from tests.browser.test_versions import MENU

Visit = Callable[..., Person]
BOB = User("bob-reads@example.com", "bob-reads@example.com", "Bob", authenticated=True)
COUNTED = {
    "model": "large-model-5",
    "choices": [{"index": 0, "delta": {"content": "One."}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 12345,
        "prompt_tokens_details": {"cached_tokens": 2000},
        "completion_tokens": 678,
        "total_tokens": 13023,
    },
    "databricks_output": {"trace": {"info": {"trace_id": "tr-of-one"}}},
}


@pytest.fixture
def answered(visit: Visit, agent: HeldAgent) -> Callable[..., Person]:
    def talk(**options: object) -> Person:
        ann = visit(**options)
        agent.set_next_fault(chunks=[f"data: {json.dumps(COUNTED)}\n\n".encode(), DONE])
        ann.ask("How many orders are there?")
        expect(ann.answer.get_by_role("img", name="cloud_done icon")).to_be_visible()  # in any language
        return ann

    return talk


def open_details(person: Person, name: str = "Details", menu: str = MENU) -> None:
    person.page.get_by_role("button", name=menu).last.click()
    person.page.get_by_role("menuitem", name=name, exact=True).click()
    expect(person.dialog.locator("dl")).to_be_visible()


def told(person: Person, name: str) -> Locator:
    """What stands beside a name."""
    return person.dialog.locator(f"dt:text-is('{name}') + dd")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_owner_is_shown_how_an_answer_came_about(answered: Callable[..., Person], scheme: str) -> None:
    ann = answered(color_scheme=scheme)
    open_details(ann)
    expect(told(ann, "Agent")).to_have_text("demo-agent")
    expect(told(ann, "Model")).to_have_text("large-model-5")
    expect(told(ann, "Asked as")).to_have_text("the app")
    expect(told(ann, "Status")).to_have_text("complete")
    expect(told(ann, "Took")).to_have_text(re.compile(r"^(\d+\.\d s|\d+ ms)$"))
    expect(told(ann, "Tokens read")).to_have_text("12,345 (2,000 from a cache)")
    expect(told(ann, "Tokens written")).to_have_text("678")
    expect(told(ann, "Tokens in total")).to_have_text("13,023")
    expect(ann.dialog.get_by_test_id("stCode")).to_have_text("tr-of-one")
    assert findings(ann) == []
    ann.page.keyboard.press("Escape")
    expect(ann.dialog).to_have_count(0)
    ann.ask("And now?")
    ann.expect_answered(2)
    assert ann.complaints == []


def test_the_details_are_reached_by_keyboard_and_fit_a_phone_in_german(answered: Callable[..., Person]) -> None:
    ann = answered(locale="de-DE", viewport={"width": 390, "height": 800})
    ann.page.get_by_role("button", name="Aktionen für diese Antwort").last.press("Enter")
    details = ann.page.get_by_role("menuitem", name="Details")
    expect(ann.page.get_by_role("menu")).to_be_focused()
    ann.page.keyboard.press("End")
    expect(details).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(told(ann, "Modell")).to_have_text("large-model-5")
    expect(told(ann, "Gelesene Tokens")).to_have_text("12.345 (davon 2.000 aus einem Cache)")
    box = ann.dialog.locator("dl").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_an_answer_without_a_word_has_details_too(ann: Person, agent: HeldAgent) -> None:
    agent.set_next_fault(status=403)
    ann.ask("How many orders are there?")
    expect(ann.page.get_by_role("button", name="Try again")).to_be_visible()
    open_details(ann)
    expect(told(ann, "Status")).to_have_text("failed")
    expect(told(ann, "Cause")).to_have_text("forbidden")
    expect(told(ann, "Tokens")).to_have_text("not counted by the agent")
    expect(ann.dialog.get_by_test_id("stCode")).to_have_count(0)


def test_a_reader_is_shown_the_same_without_the_trace(answered: Callable[..., Person], visit: Visit) -> None:
    ann = answered()
    ann.share()
    bob = visit(ann.path, user=BOB)
    bob.click("Details")
    expect(told(bob, "Model")).to_have_text("large-model-5")
    expect(told(bob, "Tokens in total")).to_have_text("13,023")
    expect(told(bob, "Asked as")).to_have_text("the app")
    expect(bob.dialog).not_to_contain_text("tr-of-one")
    assert findings(bob) == []
