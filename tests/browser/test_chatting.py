"""Asking, watching the answer, stopping it."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from lib.ui.markdown.escape import break_addresses
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings
from tests.waiting import until

Visit = Callable[..., Person]


def test_an_answer_streams_and_is_still_there_after_a_reload(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("It was ", "the Nordics, ", "by far.", held_after=1)
    ann.ask("Which region sold most?")
    expect(ann.answer).to_contain_text("It was")
    held.release()
    expect(ann.answer).to_contain_text("It was the Nordics,")
    held.release_all()
    ann.expect_messages("Which region sold most?", "It was the Nordics, by far.")
    ann.expect_idle()
    ann.reload()
    ann.expect_messages("Which region sold most?", "It was the Nordics, by far.")
    assert ann.complaints == []
    assert [url for url in ann.fetched if not url.startswith((ann.url, "data:", "blob:"))] == []


def test_the_demo_agent_shows_its_query_and_a_table(ann: Person) -> None:
    ann.ask("Which region sold most last quarter?")
    ann.expect_answered()
    expect(ann.answer.get_by_role("table")).to_contain_text("Nordics")
    ann.answer.get_by_text("Queried sales · 5 rows").click()
    expect(ann.answer.get_by_test_id("stCode")).to_contain_text("SELECT")
    ann.answer.get_by_role("radio", name="Table").click()
    expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
    ann.answer.get_by_role("radio", name="Bars").click()
    chart = ann.answer.locator("[role=graphics-document][aria-label='Bar chart: revenue by region']")
    expect(chart.locator("[aria-roledescription=bar]")).to_have_count(5)
    expect(ann.answer.get_by_test_id("stDataFrame")).not_to_be_visible()
    ann.ask("What did I ask first?")
    expect(ann.answer).to_contain_text("Which region sold most last quarter?")
    assert ann.complaints == []


def test_countries_are_drawn_on_a_map_that_reaches_no_other_host(ann: Person) -> None:
    ann.ask("Show revenue by country")
    ann.expect_answered()
    ann.answer.get_by_role("radio", name="Map").click()
    drawn = ann.answer.locator("[role=graphics-document][aria-label='Map: revenue by country']")
    countries = drawn.locator("[role=graphics-symbol][aria-label^='revenue: ']")
    expect(countries).to_have_count(10)
    assert len({each.get_attribute("fill") for each in countries.all()}) == 10
    norway = countries.and_(drawn.locator("[aria-label*='country: Norway']"))
    norway.hover()
    expect(ann.page.locator("#vg-tooltip-element")).to_contain_text("504,415.65")
    ann.reload()
    expect(countries).to_have_count(10)
    assert ann.complaints == findings(ann) == []
    assert [url for url in ann.fetched if not url.startswith((ann.url, "data:", "blob:"))] == []


def test_attachment_names_are_shown_verbatim_and_only_web_addresses_are_linked(ann: Person, agent: HeldAgent) -> None:
    names = ["<img src=x> :material/home: ![](https://x.example/y.png) $x$ `c`", "a@b.example www.b.example :red[x] ``"]
    files = [{"name": name, "contentType": "text/csv"} for name in names]
    files[0]["url"] = "https://host.example/a)](b?c=d&copy;=<e>"
    question = {"id": str(uuid4()), "role": "user", "content": "What is in these?", "attachments": files}
    agent.says("Numbers.")
    body = {"id": str(uuid4()), "messages": [question]}
    assert ann.context.request.post(f"{ann.url}/api/chat", data=body).ok
    ann.open(body["id"])
    for _ in range(2):
        ann.expect_messages(names[0], "Numbers.")
        expect(ann.messages.first).to_contain_text(break_addresses(names[1]))
        expect(ann.messages.first.get_by_role("link")).to_have_text([names[0]])
        href = ann.messages.first.get_by_role("link").get_attribute("href")
        assert href == "https://host.example/a%29%5D%28b?c=d&copy;=%3Ce%3E"
        ann.reload()
    assert ann.complaints == [] and not any("example" in url for url in ann.fetched)


def test_a_second_chat_has_no_memory_of_the_first(ann: Person, agent: HeldAgent) -> None:
    agent.says("One.")
    ann.ask("First question")
    ann.expect_messages("First question", "One.")
    first = ann.path
    ann.start_new_chat()
    agent.says("Two.")
    ann.ask("Second question")
    ann.expect_messages("Second question", "Two.")
    ann.expect_other_path("", first)
    assert "First question" not in str(agent.asked[-1].json)
    ann.links.last.click()
    ann.expect_messages("First question", "One.")
    ann.expect_path(first)


def test_clicking_a_starter_question_asks_it(ann: Person, agent: HeldAgent) -> None:
    agent.says("The Nordics.")
    ann.click("Which region sold most last quarter?")
    ann.expect_messages("Which region sold most last quarter?", "The Nordics.")


def test_stop_keeps_the_partial_answer_and_disconnects_from_the_agent(ann: Person, agent: HeldAgent) -> None:
    agent.says("This much ", "and no more", held_after=1)
    ann.ask("Tell me everything")
    expect(ann.answer).to_contain_text("This much")
    ann.stop.click()
    expect(ann.answer).to_contain_text("You stopped this answer.")
    expect(ann.answer).to_contain_text("This much")
    ann.expect_idle()
    until(lambda: agent.asked[-1].closed_by_client)
    ann.reload()
    expect(ann.answer).to_contain_text("You stopped this answer.")
    assert "and no more" not in ann.answer.inner_text()


def test_a_question_asked_during_an_answer_returns_to_the_composer(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("Still ", "thinking.", held_after=1)
    ann.ask("First")
    expect(ann.answer).to_contain_text("Still")
    ann.ask("Second, too early")
    ann.expect_text("An answer is still being written in this chat.")
    expect(ann.box).to_have_value("Second, too early")
    held.release_all()
    ann.expect_messages("First", "Still thinking.")
    ann.expect_idle()
    agent.says("Now.")
    ann.box.press("Enter")
    ann.expect_messages("First", "Still thinking.", "Second, too early", "Now.")


def test_a_question_that_is_too_long_returns_to_the_composer_with_an_explanation(ann: Person) -> None:
    much = "long " * 40_000
    ann.ask(much)
    ann.expect_text("100,000 is the most")
    expect(ann.box).to_have_value(much)
    expect(ann.page.get_by_text("No chats yet")).to_be_visible()


def test_a_failed_answer_shows_the_error_and_can_be_retried(ann: Person, agent: HeldAgent) -> None:
    agent.set_next_fault(status=500)
    ann.ask("Are you there?")
    expect(ann.answer.get_by_role("alert")).to_contain_text("The agent")
    ann.expect_idle()
    agent.says("Here I am.")
    ann.ask("And now?")
    expect(ann.answer).to_contain_text("Here I am.")
    expect(ann.messages).to_have_count(4)


def test_a_failed_answer_disappears_while_it_is_retried(ann: Person, agent: HeldAgent) -> None:
    agent.set_next_fault(status=413)
    ann.ask("Are you there?")
    expect(ann.answer).to_contain_text("This conversation is too long for the agent.")
    held = agent.says("Here ", "I am.", held_after=1)
    ann.click("Try again")
    expect(ann.answer).to_contain_text("Here")
    expect(ann.page.get_by_role("button", name="Try again")).to_have_count(0)
    held.release_all()
    ann.expect_messages("Are you there?", "Here I am.")


def test_a_broken_agent_connection_keeps_the_partial_answer(ann: Person, agent: HeldAgent) -> None:
    agent.set_next_fault(cut_after=6)
    ann.ask("Tell me everything about the data")
    expect(ann.answer).to_contain_text("The connection to the agent broke off")
    ann.expect_idle()
    agent.says("Whole again.")
    ann.ask("And now?")
    expect(ann.answer).to_contain_text("Whole again.")


def test_an_answer_cannot_load_an_image_and_a_question_is_shown_verbatim(ann: Person, agent: HeldAgent) -> None:
    question = "<script>alert(1)</script> **not bold** ![x](http://evil.example/q.png)"
    agent.says("![y](http://evil.example/a.png) done <script>alert(2)</script>")
    ann.ask(question)
    expect(ann.answer).to_contain_text("done <script>alert(2)</script>")
    expect(ann.messages.first.get_by_test_id("stText")).to_have_text(question)
    expect(ann.answer.get_by_role("link", name="Image: y")).to_have_attribute("href", "http://evil.example/a.png")
    ann.expect_idle()
    assert ann.complaints == [] and not any("evil" in url for url in ann.fetched)
    # If an image gets through nevertheless, the page must not load it.
    ann.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://evil.example/b.png'}))")
    # The page is heard only in calls of Playwright.
    until(lambda: ann.page.wait_for_timeout(10) or any("Content Security Policy" in text for text in ann.complaints))


def test_an_ephemeral_app_answers_and_says_that_nothing_is_saved(
    visit: Visit, ephemeral_url: str, agent: HeldAgent
) -> None:
    ann = visit(url=ephemeral_url)
    ann.expect_text("Ephemeral — no history")
    agent.says("For now.")
    ann.ask("Do you keep this?")
    ann.expect_messages("Do you keep this?", "For now.")
    assert "Saved" not in ann.page.get_by_role("main").inner_text()
    assert ann.context.request.get(f"{ephemeral_url}/api/history").status == 204


def test_a_stopped_answer_can_be_continued(ann: Person, agent: HeldAgent) -> None:
    agent.says("This much ", "and no more", held_after=1)
    ann.ask("Tell me everything")
    expect(ann.answer).to_contain_text("This much")
    ann.stop.click()
    expect(ann.answer).to_contain_text("You stopped this answer.")
    agent.says("and the rest.")
    ann.click("Continue")
    ann.expect_messages("Tell me everything", "This much", "Continue", "and the rest.")
    assert "Please continue" not in ann.messages.nth(2).inner_text()
    expect(ann.page.get_by_role("button", name="Continue")).to_have_count(0)
    assert "This much" in str(agent.asked[-1].json)


def test_a_suggested_question_is_asked_by_a_click_and_disappears(ann: Person, agent: HeldAgent) -> None:
    ann.ask("Which region sold most last quarter?")
    ann.expect_answered()
    suggested = ann.page.get_by_role("button", name="And by month?")
    expect(suggested).to_be_visible()
    held = agent.says("August ", "was best.", held_after=1)
    suggested.click()
    expect(ann.answer).to_contain_text("August")
    expect(suggested).to_have_count(0)
    held.release_all()
    expect(ann.answer).to_contain_text("August was best.")
    expect(ann.messages).to_have_count(4)
    expect(suggested).to_have_count(0)


def test_a_chat_keeps_the_agent_that_was_chosen_for_it(ann: Person, agent: HeldAgent) -> None:
    picker = ann.page.locator(".st-key-agent-picker button:visible")
    expect(ann.page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    ann.page.keyboard.press("Shift+Tab")
    expect(picker).to_be_focused()
    picker.press("Enter")
    ann.page.get_by_role("menuitem", name="demo-chat").press("Enter")
    expect(picker).to_contain_text("demo-chat")
    ann.ask("What can you do?")
    expect(ann.answer).to_contain_text("Saved")
    ann.expect_idle()
    ann.expect_text("demo-chat")
    ann.reload()
    ann.expect_text("demo-chat")
    ann.ask("And what else?")
    expect(ann.messages).to_have_count(4)
    expect(ann.answer).to_contain_text("Saved")
    ann.expect_idle()
    ann.start_new_chat()
    ann.ask("Who are you?")
    expect(ann.messages).to_have_count(2)
    expect(ann.answer).to_contain_text("Saved")
    paths = [asked.path for asked in agent.asked]
    assert ["demo-chat" in path for path in paths] == [True, True, False]
