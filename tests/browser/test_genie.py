"""A chat with a Genie space, as one sees it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from local.app import AppProcess
from local.workspace import Workspace
from local.workspace.genie import SPACE
from tests.browser.conftest import serving
from tests.browser.person import Person
from tests.waiting import until


@pytest.fixture
def genie_app(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    only = {"SERVING_ENDPOINT": "", "GENIE_SPACES": f"Shop={SPACE}"}
    with serving(demo_workspace, {}, tmp_path_factory.mktemp("genie"), **only) as app:
        yield app
    demo_workspace.genie.reset()


def test_genie_answers_with_query_table_and_next_questions_and_hears_a_rating(
    visit: Callable[..., Person], genie_app: AppProcess, demo_workspace: Workspace
) -> None:
    ann = visit(url=genie_app.url)
    ann.ask("Which region sold most last quarter?")
    ann.expect_text("Nordics had the highest revenue")
    ann.expect_idle()
    expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
    ann.answer.get_by_text("Queried sales · 5 rows").click()
    expect(ann.answer.get_by_test_id("stCode").first).to_contain_text("SELECT region")
    ann.click("And by month?")
    ann.expect_text("the highest month was Aug 2026")
    ann.expect_idle()
    ann.vote("down")
    (conversation,) = demo_workspace.genie.conversations.values()
    assert [message.content for message in conversation.messages][1:] == ["And by month?"]
    until(lambda: conversation.messages[1].feedback == {"rating": "NEGATIVE"})
    assert ann.complaints == []
