"""The page follows an answer that is being written, but only for those who are at its end."""

from playwright.sync_api import expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.waiting import until

FIRST = [f"Paragraph {number} of the first part.\n\n" for number in range(1, 41)]
LATER = [f"Later line {number}.\n\n" + "and what belongs to it.\n\n" * 5 for number in range(1, 7)]


def test_who_reads_above_is_not_pulled_to_the_end_and_a_button_leads_there(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("".join(FIRST), *LATER, held_after=1)
    ann.ask("Tell me all")
    expect(ann.answer.get_by_text("Paragraph 40 ")).to_be_in_viewport()
    to_end = ann.page.get_by_role("button", name="To the end of the chat")
    expect(to_end).to_be_hidden()
    ann.page.mouse.move(700, 300)
    for number in range(1, 5):
        held.release()
        ann.page.mouse.wheel(0, -200)
        expect(ann.answer).to_contain_text(f"Later line {number}.")
    until(lambda: is_at_rest(ann))
    read = place(ann)
    held.release()
    expect(ann.answer).to_contain_text("Later line 5.")
    expect(ann.answer.get_by_text("Later line 5.")).not_to_be_in_viewport()
    assert place(ann) == read
    to_end.click()
    expect(ann.answer.get_by_text("and what belongs to it.").last).to_be_in_viewport()
    expect(to_end).to_be_hidden()
    held.release_all()
    expect(ann.answer).to_contain_text("Later line 6.")
    expect(ann.answer.get_by_text("and what belongs to it.").last).to_be_in_viewport()
    assert ann.complaints == []


def place(person: Person) -> float:
    """How far the page is scrolled."""
    return float(person.page.locator(".stMain").evaluate("main => main.scrollTop"))


def is_at_rest(person: Person) -> bool:
    before = place(person)
    person.page.wait_for_timeout(500)
    return place(person) == before
