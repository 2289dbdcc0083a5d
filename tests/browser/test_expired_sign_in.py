"""A page that stays open for longer than the hour for which a user's token is valid. Here it is valid for seconds."""

import time

from playwright.sync_api import expect

from lib.identity import User
from local.platform_proxy import identity
from local.renewed_sign_in import RenewedSignIn
from local.workspace import Workspace
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.waiting import until

SIGN_IN_SECONDS = 4.0
EXPIRED = "Your sign-in has expired: reload the page"
UNRENEWED = "Your sign-in could not be renewed."


def test_after_an_expired_sign_in_the_question_can_be_asked_again(
    ann: Person, agent: HeldAgent, demo_workspace: Workspace, new_user: User
) -> None:
    def signs_in(ttl_seconds: float) -> None:
        token = demo_workspace.issue_user_token(new_user.id, ttl_seconds=ttl_seconds)
        ann.proxy.headers = identity(new_user.id, "Ann", token)
        ann.reload()

    signs_in(-1)
    ann.ask("How many orders are there?")
    ann.expect_messages("How many orders are there?", EXPIRED)
    ann.expect_text(UNRENEWED)
    signs_in(3600)
    ann.expect_messages("How many orders are there?", EXPIRED)
    agent.says("Seven.")
    ann.click("Try again")
    expect(ann.answer).to_contain_text("Seven.")
    ann.expect_idle()
    assert [request.caller for request in agent.asked] == [None, new_user.id]


def test_an_open_page_asks_as_its_user_across_two_expiries_and_says_when_it_no_longer_can(
    ann: Person, agent: HeldAgent, demo_workspace: Workspace, new_user: User
) -> None:
    ann.proxy.headers = sign_in = RenewedSignIn(
        demo_workspace, new_user.id, "Ann", ttl_seconds=SIGN_IN_SECONDS, renewed_seconds=0.7 * SIGN_IN_SECONDS
    )
    ann.open()
    opened_at = min(sign_in.issued)
    for number in (1, 2):
        until(lambda number=number: time.time() > opened_at + number * SIGN_IN_SECONDS)
        agent.says(f"Answer {number}")
        ann.ask(f"Question {number}")
        expect(ann.answer).to_contain_text(f"Answer {number}")
        ann.expect_idle()
    sign_in.is_renewed = False
    warning = ann.page.locator(".unrenewed[role=status]")
    expect(warning).to_contain_text(UNRENEWED)
    until(lambda: time.time() > max(sign_in.issued) + SIGN_IN_SECONDS)
    ann.ask("Question 3")
    expect(ann.answer).to_contain_text(EXPIRED)
    ann.expect_idle()
    sign_in.is_renewed = True
    ann.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(warning).to_be_empty()
    agent.says("Answer 3")
    ann.click("Try again")
    expect(ann.answer).to_contain_text("Answer 3")
    assert [request.caller for request in agent.asked] == [new_user.id, new_user.id, None, new_user.id]
