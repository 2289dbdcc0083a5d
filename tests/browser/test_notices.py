"""What tells that an answer has ended while somebody was elsewhere."""

from playwright.sync_api import expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings

# A browser without a screen shows no notifications and is never in the background, so both are recorded.
IN_BACKGROUND = """
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = "default";
  static requestPermission() { this.permission = "granted"; return Promise.resolve("granted"); }
  constructor(title, { body }) { super(); window.shown.push(`${title}: ${body}`); window.last = this; }
  close() {}
};
window.leave = () => Object.defineProperty(document, "hidden", { value: true, configurable: true });
"""


def test_an_answer_that_ends_in_another_chat_is_told_and_opened_by_a_click(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("It was ", "the Nordics.", held_after=1)
    ann.ask("Which region sold most?")
    expect(ann.answer).to_contain_text("It was")
    ann.go_to("New chat")
    notice = ann.page.locator(".notice[role=status]")
    expect(ann.links.get_by_test_id("stSpinnerIcon")).to_be_visible()
    expect(notice).to_be_empty()
    held.release_all()
    expect(notice).to_contain_text("Finished: Which region sold most")
    assert findings(ann) == []
    ann.click("Open the chat")
    ann.expect_messages("Which region sold most?", "It was the Nordics.")
    expect(notice).to_be_empty()


def test_two_answers_that_end_together_are_both_told_of(ann: Person, agent: HeldAgent) -> None:
    held = []
    for region in ("Iberia", "Nordics"):
        held.append(agent.says(f"{region} ", "did well.", held_after=1))
        ann.ask(f"How did {region} do?")
        expect(ann.answer).to_contain_text(region)
        ann.start_new_chat()
    expect(ann.links.get_by_test_id("stSpinnerIcon")).to_have_count(2)
    for each in held:
        each.release_all()
    notice = ann.page.locator(".notice[role=status]")
    for region in ("Iberia", "Nordics"):
        expect(notice).to_contain_text(f"Finished: How did {region} do")
    row = notice.locator("div").filter(has_text="Iberia")
    row.get_by_role("button", name="Close").click()
    expect(row).to_have_count(0)
    ann.go_to("How did Nordics do")
    ann.expect_messages("How did Nordics do?", "Nordics did well.")
    expect(notice).to_be_empty(timeout=5_000)


def test_the_browser_tells_it_to_somebody_in_another_tab_who_has_allowed_it(ann: Person, agent: HeldAgent) -> None:
    ann.page.add_init_script(IN_BACKGROUND)
    ann.reload()
    first = agent.says("It was ", "the Nordics.", held_after=1)
    ann.ask("Which region sold most?")
    expect(ann.answer).to_contain_text("It was")
    ann.go_to("New chat")
    expect(ann.links.get_by_test_id("stSpinnerIcon")).to_be_visible()
    first.release_all()
    ann.click("Also notify me when I am elsewhere")
    second = agent.says("It is ", "Iberia.", held_after=1)
    ann.ask("And which region sold least?")
    expect(ann.answer).to_contain_text("It is")
    expect(ann.links.get_by_test_id("stSpinnerIcon")).to_be_visible()
    ann.page.evaluate("window.leave()")
    second.release_all()
    ann.page.wait_for_function("window.shown.length")
    assert ann.page.evaluate("window.shown") == ["Lakechat: Finished: And which region sold least"]
