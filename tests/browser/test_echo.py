"""A question is on the page as soon as it is sent, whatever the database does."""

from collections.abc import Callable

from playwright.sync_api import expect

from local.postgres.cluster import Cluster
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.slow_database import SlowDatabase

Visit = Callable[..., Person]


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
