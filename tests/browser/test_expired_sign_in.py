"""A page that stays open for longer than the hour for which a user's sign-in is valid."""

from playwright.sync_api import expect

from lib.identity import User
from local.platform_proxy import identity
from local.workspace import Workspace
from tests.browser.agent import HeldAgent
from tests.browser.person import Person

EXPIRED = "Your sign-in has expired: reload the page"


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
    signs_in(3600)
    ann.expect_messages("How many orders are there?", EXPIRED)
    agent.says("Seven.")
    ann.click("Try again")
    expect(ann.answer).to_contain_text("Seven.")
    ann.expect_idle()
    assert [request.caller for request in agent.asked] == [None, new_user.id]
