"""The platform's proxy cuts connections that are idle or have lasted too long; the page must reconnect."""

from collections.abc import Callable

from playwright.sync_api import expect

from local.app import AppProcess
from local.postgres import Cluster
from local.processes import wait_until
from local.proxy_connection import Limits
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.slow_database import SlowDatabase

Visit = Callable[..., Person]
MAX_WAIT_SECONDS = 120

COUNT_RUNS = """
() => {
  window.runs = 0;
  const app = document.querySelector("[data-testid=stApp]");
  const ended = () => { if (app.dataset.testScriptState === "notRunning") window.runs += 1; };
  new MutationObserver(ended).observe(app, { attributeFilter: ["data-test-script-state"] });
}
"""


def is_cut(person: Person, times: int = 1) -> None:
    """Wait until so many more of the page's WebSockets have been cut."""
    cut = person.proxy.websockets_cut + times
    assert wait_until(lambda: person.proxy.websockets_cut >= cut, seconds=MAX_WAIT_SECONDS)


def test_after_a_cut_the_page_follows_the_answer_and_keeps_the_draft(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("One ", "two ", "three ", "four.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    ann.box.fill("And then?")
    ann.proxy.shut()
    expect(ann.box).to_be_disabled()
    held.release()
    ann.proxy.open()
    expect(ann.answer).to_contain_text("One two")
    expect(ann.box).to_have_value("And then?")
    held.release()
    expect(ann.answer).to_contain_text("One two three")
    held.release_all()
    ann.expect_messages("Count", "One two three four.")
    ann.expect_idle()
    agent.says("Five.")
    ann.box.press("Enter")
    ann.expect_messages("Count", "One two three four.", "And then?", "Five.")


def test_a_question_that_the_database_takes_after_a_cut_opens_its_chat_and_leaves_the_box(
    ann: Person, agent: HeldAgent, cluster: Cluster
) -> None:
    """The page that reconnects runs again, and Streamlit ends the run that is still waiting for the database."""
    database = SlowDatabase(cluster)
    agent.says("Alpha.")
    with database.slow():
        ann.ask("During a cut?")
        database.expect_question()
        ann.proxy.shut()
        expect(ann.box).to_be_disabled()
        ann.proxy.open()
        expect(ann.box).to_be_enabled()
    ann.expect_messages("During a cut?", "Alpha.")
    ann.expect_idle()
    expect(ann.box).to_have_value("")
    ann.start_new_chat()
    expect(ann.box).to_have_value("")
    assert len(agent.asked) == 1


def test_an_answer_that_ended_during_a_cut_is_shown_after_reconnecting(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("One ", "two.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    ann.proxy.shut()
    held.release_all()
    assert wait_until(lambda: agent.asked[-1].complete, seconds=MAX_WAIT_SECONDS)
    ann.proxy.open()
    ann.expect_messages("Count", "One two.")
    expect(ann.answer).to_contain_text("Saved")
    ann.expect_idle()


def test_a_page_that_was_cut_because_its_agent_was_silent_follows_the_answer_after_reconnecting(
    ann: Person, agent: HeldAgent
) -> None:
    held = agent.says("One ", "two.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    ann.proxy.limits = Limits(idle_seconds=0.3)
    is_cut(ann)
    ann.proxy.limits = Limits()
    held.release_all()
    ann.expect_messages("Count", "One two.")
    ann.expect_idle()


def test_repeated_cuts_during_an_answer_lose_none_of_it(ann: Person, agent: HeldAgent) -> None:
    words = [f"word-{number} " for number in range(40)]
    held = agent.says(*words, held_after=1)
    ann.ask("Say many words")
    expect(ann.answer).to_contain_text("word-0")
    ann.proxy.limits = Limits(websocket_seconds=0.5)
    for _ in range(3):
        for _ in range(10):
            held.release()
        is_cut(ann)
    ann.proxy.limits = Limits()
    held.release_all()
    ann.expect_messages("Say many words", "".join(words).strip())
    ann.expect_idle()


def test_an_idle_page_that_was_cut_continues_as_before(ann: Person, agent: HeldAgent) -> None:
    agent.says("Here.")
    ann.ask("Are you there?")
    ann.expect_messages("Are you there?", "Here.")
    ann.expect_idle()
    ann.box.fill("And now?")
    ann.proxy.limits = Limits(idle_seconds=0.3)
    is_cut(ann)
    # The page takes a moment to learn of it, and what is sent in that moment is lost. It learns of it for certain here.
    ann.proxy.shut()
    expect(ann.box).to_be_disabled()
    ann.proxy.limits = Limits()
    ann.proxy.open()
    expect(ann.box).to_be_enabled()
    expect(ann.box).to_have_value("And now?")
    agent.says("Still.")
    ann.box.press("Enter")
    ann.expect_messages("Are you there?", "Here.", "And now?", "Still.")


def test_a_draft_can_be_asked_after_the_app_was_redeployed(
    visit: Visit, other_app: AppProcess, agent: HeldAgent
) -> None:
    ann = visit(url=other_app.url)
    ann.box.fill("First")
    for question, answer in (("First", "One."), ("Second", "Two.")):
        other_app.terminate()
        expect(ann.box).to_be_disabled()
        other_app.start()
        expect(ann.box).to_be_enabled()
        expect(ann.box).to_have_value(question)
        agent.says(answer)
        ann.box.press("Enter")
        expect(ann.answer).to_contain_text(answer)
        ann.expect_idle()
        ann.box.fill("Second")
    ann.expect_messages("First", "One.", "Second", "Two.")


def test_a_button_works_after_the_app_was_redeployed(visit: Visit, other_app: AppProcess, agent: HeldAgent) -> None:
    ann = visit(url=other_app.url)
    agent.set_next_fault(status=500)
    ann.ask("Are you there?")
    expect(ann.answer.get_by_role("alert")).to_be_visible()
    ann.expect_idle()
    ann.page.evaluate(COUNT_RUNS)
    other_app.terminate()
    expect(ann.box).to_be_disabled()
    other_app.start()
    ann.page.wait_for_function("window.runs > 0")
    agent.says("Here I am.")
    ann.click("Try again")
    ann.expect_messages("Are you there?", "Here I am.")
