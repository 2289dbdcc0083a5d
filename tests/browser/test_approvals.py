"""An agent asks before it acts: its user decides on the page, in whatever tab, and the answer goes on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person

BOB = User("bob-waits@example.com", "bob-waits@example.com", "Bob", authenticated=True)
ASKED = {"type": "mcp_approval_request", "id": "r1", "name": "drop_table", "server_label": "uc"} | {
    "arguments": '{"sql": "DROP TABLE sales"}'
}


def said(text: str) -> dict[str, object]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "role": "assistant", "id": f"m-{len(text)}", "content": content}


def button(person: Person, name: str) -> Locator:
    return person.answer.get_by_role("button", name=name, exact=True)


@pytest.fixture
def waiting(ann: Person, agent: HeldAgent) -> Person:
    """Ann in front of an answer that waits for her."""
    agent.streams(said("I will clean up."), ASKED)
    ann.ask("Clean up")
    expect(button(ann, "Approve")).to_be_visible()
    return ann


def test_a_decision_in_one_tab_goes_on_in_both(waiting: Person, agent: HeldAgent) -> None:
    waiting.reload()
    other = waiting.another_tab(waiting.path)
    expect(button(other, "Approve")).to_be_visible()
    expect(other.answer).to_contain_text("The agent wants to use drop_table · uc")
    expect(waiting.links.last.get_by_text("front_hand")).to_have_count(1)
    expect(waiting.box).to_have_attribute("placeholder", "The agent waits for your decision above")
    waiting.ask("And now?")
    waiting.expect_text("The agent waits for your decision in this chat.")
    agent.streams({"type": "function_call_output", "call_id": "r1", "output": "gone"}, said("It is done."))
    button(waiting, "Approve").press("Enter")
    for tab in (waiting, other):
        expect(tab.answer).to_contain_text("It is done.")
        expect(tab.answer.get_by_role("button", name="Approve")).to_have_count(0)
        tab.expect_idle()
    expect(waiting.links.last.get_by_text("front_hand")).to_have_count(0)
    waiting.answer.locator("summary").click()
    expect(waiting.answer).to_contain_text("Approved")
    assert (waiting.complaints, other.complaints) == ([], [])


def test_a_reader_sees_that_it_waits_and_the_owner_denies(
    waiting: Person, agent: HeldAgent, visit: Callable[..., Person]
) -> None:
    waiting.share()
    waiting.dialog.get_by_role("button", name="Close").click()
    bob = visit(waiting.path, user=BOB)
    expect(bob.answer).to_contain_text("The owner of this chat has not decided yet.")
    expect(bob.answer.get_by_role("button", name="Approve")).to_have_count(0)
    agent.streams(said("Then I leave it."))
    waiting.page.get_by_placeholder("Reason (optional; the agent is told)").fill("Not today")
    button(waiting, "Deny").click()
    waiting.expect_messages("Clean up", "Then I leave it.")
    expect(bob.answer).to_contain_text("Then I leave it.")
    denied = waiting.answer.locator("summary", has_text="drop_table · denied")
    expect(denied).to_contain_text("block")  # the icon, and not the mark of a call that was made
    denied.click()
    expect(waiting.answer).to_contain_text("Denied: Not today")


def test_a_tool_is_always_allowed_until_that_is_taken_back(waiting: Person, agent: HeldAgent) -> None:
    agent.streams({**ASKED, "id": "r2"})
    agent.streams(said("Both are done."))
    button(waiting, "Always allow in this chat").click()
    expect(waiting.answer).to_contain_text("Both are done.")
    waiting.expect_idle()
    waiting.choose("Always allowed tools")
    expect(waiting.dialog).to_contain_text("drop_table")
    waiting.dialog.get_by_role("button", name="Ask again").click()
    expect(waiting.dialog).to_have_count(0)
    agent.streams(ASKED)
    waiting.ask("Once more")
    expect(button(waiting, "Approve")).to_be_visible()
    waiting.stop.click()
    expect(waiting.answer).to_contain_text("You stopped this answer.")
    waiting.answer.locator("summary", has_text="drop_table · not decided").click()
    expect(waiting.answer).to_contain_text("so it was not made")
