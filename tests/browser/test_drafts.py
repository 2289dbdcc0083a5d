"""What is typed and not sent survives, in this browser and for this user alone."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from lib.identity import User
from local.platform_proxy import identity
from local.postgres import Cluster
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.browser.slow_database import SlowDatabase
from tests.waiting import until

Visit = Callable[..., Person]
STORED = "() => Object.keys(localStorage).filter(key => key.startsWith('lakechat-draft:')).length"


def test_each_chat_keeps_its_draft_through_switching_and_reloading(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent
) -> None:
    chat = str(seeded_chats.add(new_user, "Alpha", turns=1))
    ann = visit()
    ann.box.fill("For a new chat\nof two lines")
    ann.go_to("Alpha")
    expect(ann.heading).to_have_text("Alpha")
    expect(ann.box).to_have_value("")
    ann.box.fill("For Alpha")
    ann.start_new_chat()
    expect(ann.box).to_have_value("For a new chat\nof two lines")
    ann.reload()
    expect(ann.box).to_have_value("For a new chat\nof two lines")
    ann.open(chat)
    expect(ann.box).to_have_value("For Alpha")
    agent.says("Beta.")
    ann.box.press("Enter")
    ann.expect_messages("Question 1.", "Answer 1.", "For Alpha", "Beta.")
    expect_drafts(ann, 1)
    ann.reload()
    ann.expect_messages("Question 1.", "Answer 1.", "For Alpha", "Beta.")
    expect(ann.box).to_have_value("")
    assert ann.complaints == []


def test_a_question_sent_into_a_dead_connection_comes_back_as_a_draft(ann: Person, agent: HeldAgent) -> None:
    ann.page.evaluate("() => { window.send = WebSocket.prototype.send; WebSocket.prototype.send = () => {}; }")
    ann.ask("Did this arrive?")
    expect(ann.box).to_have_value("")
    ann.proxy.shut()
    expect(ann.box).to_be_disabled()
    ann.page.evaluate("() => { WebSocket.prototype.send = window.send; }")
    ann.proxy.open()
    expect(ann.box).to_have_value("Did this arrive?")
    agent.says("Now it did.")
    ann.box.press("Enter")
    ann.expect_messages("Did this arrive?", "Now it did.")
    ann.start_new_chat()
    expect(ann.box).to_have_value("")


def test_a_question_that_was_taken_does_not_come_back_to_somebody_who_left_at_once(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent, cluster: Cluster
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    agent.says("Beta.")
    ask_and_leave(ann, cluster, "And then?", to="New chat")
    ann.go_to("Alpha")
    ann.expect_messages("Question 1.", "Answer 1.", "And then?", "Beta.")
    expect_drafts(ann, 0)
    expect(ann.box).to_have_value("")


def test_a_new_chat_that_was_left_at_once_is_not_the_next_new_chat(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent, cluster: Cluster
) -> None:
    seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit()
    agent.says("Beta.")
    ask_and_leave(ann, cluster, "In the first?", to="Alpha")
    ann.start_new_chat()
    expect(ann.box).to_have_value("")
    agent.says("Gamma.")
    ann.ask("In the second?")
    ann.expect_answered()
    ann.expect_messages("In the second?", "Gamma.")


def test_a_question_asked_after_a_chat_was_deleted_opens_a_chat_of_its_own(ann: Person, agent: HeldAgent) -> None:
    agent.says("Alpha.")
    ann.ask("First?")
    ann.expect_answered()
    deleted = ann.path
    ann.choose("Delete")
    expect(ann.heading).to_have_text("What would you like to know?")
    agent.says("Beta.")
    ann.ask("Second?")
    ann.expect_messages("Second?", "Beta.")
    assert ann.path not in ("", deleted)


def ask_and_leave(ann: Person, cluster: Cluster, question: str, *, to: str) -> None:
    """Ask while the database is slow, and go to another page before the question is taken."""
    database = SlowDatabase(cluster)
    with database.slow():
        ann.ask(question)
        database.expect_question()
        ann.go_to(to)
        # Nothing shows when the app has heard of it: the page changes once the question is taken.
        ann.page.wait_for_timeout(500)
    expect(ann.heading).to_have_text({"New chat": "What would you like to know?"}.get(to, to))


def test_the_next_user_of_the_browser_finds_no_draft_of_the_one_before(ann: Person) -> None:
    ann.box.fill("For nobody else")
    expect_drafts(ann, 1)
    ann.proxy.headers = identity("bob-shares@example.com", "Bob")
    ann.reload()
    ann.expect_text("Bob")
    expect(ann.box).to_have_value("")
    expect_drafts(ann, 0)


def test_whoever_has_themselves_erased_leaves_no_draft_in_the_browser(ann: Person) -> None:
    ann.box.fill("For nobody")
    expect_drafts(ann, 1)
    ann.open("status")
    ann.page.get_by_test_id("stExpander").get_by_text("Erase me").first.click()
    ann.page.get_by_role("textbox", name="To confirm, type “erase me”").fill("erase me")
    ann.page.get_by_role("main").get_by_test_id("stFormSubmitButton").get_by_role("button", name="Erase me").click()
    ann.expect_text("Erased: 0 chats")
    expect_drafts(ann, 0)
    ann.start_new_chat()
    expect(ann.box).to_have_value("")
    ann.box.fill("A new beginning")
    ann.expect_idle()
    expect_drafts(ann, 1)


def test_what_was_typed_before_the_drafts_script_ran_is_kept_too(ann: Person) -> None:
    """A connection may be slow to bring the script: then the box is there before it."""
    held: list[Route] = []
    ann.page.route("**/assets/drafts.js*", lambda route: held.append(route))
    ann.reload()
    ann.box.fill("Typed at once")
    until(lambda: ann.page.wait_for_timeout(10) or held)
    ann.page.unroute_all()  # lets go of what is held
    expect_drafts(ann, 1)
    ann.reload()
    expect(ann.box).to_have_value("Typed at once")


def expect_drafts(ann: Person, count: int) -> None:
    ann.page.wait_for_function(f"({STORED})() === {count}")
