"""A question is on the page as soon as it is sent, whatever the database does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from local.postgres.cluster import Cluster
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.slow_database import TABLES, SlowDatabase

Visit = Callable[..., Person]
WATCH = """() => {
  window.gaps = 0;
  const look = () => {
    const shown = [...document.querySelectorAll(".echo, [data-testid=stChatMessage]")];
    if (!shown.some((each) => each.innerText.includes("How many rows?"))) window.gaps += 1;
    window.watcher = requestAnimationFrame(look);
  };
  look();
}"""
"""Counts the frames in which the question is not in the page."""
TIME_OUTS_MS = 12_000
OUTLINE = """(() => {
  const style = getComputedStyle(document.querySelector("[data-testid=stMainBlockContainer]"), "::before");
  return style.content === "none" ? null : style.opacity;
})()"""
"""How visible the outline of a page is that is still empty; null if there is none."""


@pytest.mark.parametrize("tables", ["chat.turns", TABLES])
def test_a_question_of_a_new_chat_stays_on_the_page_while_the_database_hangs(
    ann: Person, agent: HeldAgent, cluster: Cluster, tables: str
) -> None:
    agent.says("Seven.")
    with SlowDatabase(cluster).hanging(tables):
        ann.ask("How many rows?")
        expect(ann.page.locator(".echo")).to_have_text("How many rows?")
        # As Streamlit does when it changes the page.
        ann.page.locator(".echo").evaluate("copy => copy.remove()")
        expect(ann.page.locator(".echo")).to_have_text("How many rows?")
        ann.page.evaluate(WATCH)
        ann.page.wait_for_timeout(TIME_OUTS_MS)
        assert ann.page.evaluate("window.gaps") == 0
        expect(ann.messages.first).to_contain_text("Not saved yet")
        expect(ann.page.locator(".echo")).to_have_count(0)
    ann.page.evaluate("cancelAnimationFrame(window.watcher)")
    ann.expect_answered()
    assert ann.complaints == []


def test_a_page_that_waits_for_the_database_shows_after_a_second_that_more_is_to_come(
    ann: Person, agent: HeldAgent, cluster: Cluster
) -> None:
    agent.says("Seven.")
    ann.ask("How many rows?")
    ann.expect_answered()
    ann.start_new_chat()
    with SlowDatabase(cluster).hanging():
        ann.go_to("How many rows")
        expect(ann.heading).to_have_count(0)
        assert float(ann.page.evaluate(OUTLINE)) == 0
        ann.page.wait_for_function(f"Number({OUTLINE}) > 0.5")
        # From memory, although nothing answers.
        ann.expect_messages("How many rows?", "Seven.")
        ann.page.wait_for_function(f"{OUTLINE} === null")


def test_a_question_is_shown_before_the_database_has_taken_it(ann: Person, agent: HeldAgent, cluster: Cluster) -> None:
    database, echo = SlowDatabase(cluster), ann.page.locator(".echo")
    for number, question in enumerate(["How many\nrows?", "And how many columns?"], start=1):
        agent.says("Seven.")
        with database.slow():
            ann.ask(question)
            expect(echo).to_have_text(question)
            database.expect_question()
            ann.page.wait_for_timeout(1500)
            expect(echo).to_have_text(question)
            expect(ann.box).to_be_empty()
            expect(ann.messages).to_have_count(2 * (number - 1))
        ann.expect_answered(questions=number)
        expect(echo).to_have_count(0)
    assert ann.complaints == []


def test_a_question_that_is_refused_is_in_the_box_and_not_on_the_page(ann: Person) -> None:
    ann.ask("x" * 100_001)
    expect(ann.page.get_by_test_id("stToast").first).to_be_visible()
    expect(ann.box).to_have_value("x" * 100_001)
    expect(ann.page.locator(".echo")).to_have_count(0)


def test_a_question_that_is_sent_is_not_on_another_page(ann: Person, agent: HeldAgent, cluster: Cluster) -> None:
    agent.says("Seven.")
    database = SlowDatabase(cluster)
    with database.slow():
        ann.ask("How many rows?")
        expect(ann.page.locator(".echo")).to_have_text("How many rows?")
        database.expect_question()
        ann.go_to("All chats")
    expect(ann.heading).to_have_text("All chats")
    expect(ann.page.locator(".echo")).to_have_count(0)


def test_a_question_that_is_refused_during_an_answer_is_in_the_box_alone(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("It was ", "the Nordics.", held_after=1)
    ann.ask("Which region sold most?")
    expect(ann.answer).to_contain_text("It was")
    ann.ask("And which least?")
    expect(ann.page.get_by_test_id("stToast").first).to_be_visible()
    expect(ann.box).to_have_value("And which least?")
    expect(ann.page.locator(".echo")).to_have_count(0)
    held.release_all()
