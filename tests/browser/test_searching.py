"""From a word to the message it was said in, and back to the results."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def found_message(person: Person) -> Locator:
    return person.page.locator(".st-key-found-message")


def test_a_hit_opens_the_chat_at_its_message_also_after_a_reload(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=60)
    ann = visit()
    ann.search('"question 20"')
    ann.click_text("Question 20")
    for _ in range(2):
        expect(found_message(ann)).to_contain_text("Question 20.")
        expect(found_message(ann)).to_contain_text("Found by your search")
        expect(found_message(ann)).to_be_in_viewport(ratio=1)
        expect(found_message(ann)).to_be_focused()
        ann.expect_path(str(chat_id))
        ann.reload()
    expect(found_message(ann)).to_be_focused()
    ann.expect_place_kept()
    ann.click("Show later messages")
    expect(ann.messages.last).to_contain_text("Question 50.")
    expect(ann.messages.filter(has_text="Answer 30.")).to_be_in_viewport()
    ann.expect_place_kept()
    ann.click("Go to the end")
    expect(ann.answer).to_contain_text("Answer 60.")
    expect(ann.answer).to_be_in_viewport()
    assert ann.complaints == []


def test_back_leads_to_the_same_place_in_the_results(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    for number in range(25):
        seeded_chats.add(new_user, f"Alpha {number}", minutes_ago=number, turns=1)
    ann = visit()
    ann.search("alpha")
    ann.click("Show more results")
    card = ann.page.get_by_role("main").get_by_role("button", name="Alpha 24")
    card.click()
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.page.go_back()
    expect(card).to_be_in_viewport()
    expect(ann.page.get_by_role("textbox", name="Search your chats")).to_have_value("alpha")


def test_the_page_scrolls_to_a_new_question_after_something_was_opened(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=20)))
    ann.expect_at_rest()
    ann.messages.first.scroll_into_view_if_needed()
    ann.page.mouse.move(700, 300)
    ann.page.mouse.wheel(0, -2000)
    expect(ann.answer).not_to_be_in_viewport()
    ann.ask("And now?")
    expect(ann.messages.filter(has_text="And now?")).to_be_in_viewport()
    ann.expect_idle()
    expect(ann.answer.get_by_text("Saved")).to_be_in_viewport()
