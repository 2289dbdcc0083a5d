"""Next questions that come after the answer has ended, on the page that shows it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from local.app import AppProcess
from local.workspace import Workspace
from tests.browser.agent import HeldAgent
from tests.browser.conftest import serving
from tests.browser.person import Person
from tests.browser.test_accessibility import findings
from tests.waiting import until

LONG = "\n\n".join(f"Paragraph {number} of an answer that is longer than the page." for number in range(40))


@pytest.fixture
def suggesting_app(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    with serving(demo_workspace, {}, tmp_path_factory.mktemp("suggesting"), FOLLOW_UPS="auto") as app:
        yield app


def buttons(person: Person, name: str = "Suggested questions") -> Locator:
    return person.page.get_by_role("group", name=name).get_by_role("button")


def test_next_questions_come_without_a_reload_and_without_moving_what_one_reads(
    visit: Callable[..., Person], suggesting_app: AppProcess, agent: HeldAgent
) -> None:
    ann = visit(url=suggesting_app.url, viewport={"width": 1280, "height": 800})
    agent.says("Nothing to add.")
    ann.ask("hello")
    expect(buttons(ann)).to_have_count(3)
    held = agent.titles(hold_after=0)
    agent.says(LONG)
    ann.ask("And at length?")
    expect(ann.answer).to_contain_text("Paragraph 39")
    ann.expect_idle()
    expect(ann.page.get_by_text("Paragraph 39")).to_be_in_viewport()
    ann.page.mouse.move(700, 300)
    ann.page.mouse.wheel(0, -700)
    read = ann.page.get_by_text("Paragraph 16 of an answer")
    expect(read).to_be_in_viewport()
    expect(buttons(ann)).to_have_count(0)
    ann.box.fill("What I am writing")
    before = read.bounding_box()
    held.release_all()
    expect(buttons(ann)).to_have_count(3)
    after = read.bounding_box()
    assert before and after and abs(after["y"] - before["y"]) < 2
    expect(ann.box).to_have_value("What I am writing")
    ann.box.fill("")
    question = buttons(ann).first.inner_text()
    buttons(ann).first.click()
    expect(ann.page.get_by_test_id("stChatMessage").nth(4)).to_contain_text(question)


def test_alternatives_that_the_agent_asks_about_are_a_named_group_of_buttons_that_axe_likes(
    ann: Person, agent: HeldAgent
) -> None:
    agent.says("Which region do you mean?\n\n- EMEA\n- Americas")
    ann.ask("How much did it sell?")
    expect(buttons(ann, "Suggested answers")).to_have_text(["EMEA", "Americas"])
    assert findings(ann) == []
    buttons(ann, "Suggested answers").nth(1).click()
    until(lambda: len(agent.asked) == 2)
    expect(ann.page.get_by_test_id("stChatMessage").nth(2)).to_contain_text("Americas")
