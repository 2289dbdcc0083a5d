"""A question asked again, with what has changed since."""

import json

from playwright.sync_api import Locator, expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person


def view(person: Person, name: str) -> Locator:
    return person.answer.get_by_role("radio", name=name)


def test_a_question_is_run_again_and_the_page_shows_what_has_changed(ann: Person) -> None:
    ann.ask("Show revenue by month for 2026")
    ann.expect_answered()
    expect(view(ann, "Changes")).to_have_count(0)
    ann.click("Run again")
    ann.expect_text("1 row added, 4 changed")
    ann.expect_answered()
    ann.expect_text("2/2")
    expect(view(ann, "Changes")).to_be_checked()
    expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
    view(ann, "Table").click()
    expect(ann.page.get_by_text("4 changed")).to_have_count(0)
    ann.reload()
    view(ann, "Changes").click()
    ann.expect_text("1 row added, 4 changed")
    ann.page.get_by_role("button", name="Previous version").click()
    ann.expect_text("1/2")
    expect(view(ann, "Changes")).to_have_count(0)
    assert ann.complaints == []


def test_a_single_number_shows_nothing_but_its_change(ann: Person, agent: HeldAgent) -> None:
    for total in (200, 250):
        agent.streams(
            {"type": "function_call", "call_id": "1", "name": "run_sql", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": json.dumps([{"total": total}])},
            {
                "type": "message",
                "id": "1",
                "role": "assistant",
                "content": [{"type": "output_text", "text": f"All in all {total}"}],
            },
        )
    ann.ask("How many orders are there?")
    ann.expect_messages("How many orders are there?", "All in all 200")
    expect(ann.answer.get_by_role("radiogroup", name="Show the result as")).to_have_count(0)
    ann.click("Run again")
    ann.expect_text("1 row changed")
    ann.expect_text("2/2")
    expect(ann.answer.get_by_test_id("stDataFrame").filter(visible=True)).to_have_count(1)
