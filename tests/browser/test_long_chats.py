"""Reading a long chat upwards."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.waiting import until


def test_earlier_messages_leave_the_reader_where_they_were(
    visit: Callable[..., Person], seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Long", turns=60)))
    reached = ann.messages.filter(has_text="Question 41.")
    ann.expect_at_rest()
    reached.scroll_into_view_if_needed()
    ann.click("Show earlier messages")
    expect(ann.messages.first).to_contain_text("Question 21.")
    expect(ann.page.locator(".st-key-reached-message")).to_be_focused()
    until(lambda: 50 < top(reached) < 200)
    # What is above it is read by scrolling up. Neither the page nor what is still being drawn pulls the reader back.
    ann.page.mouse.move(700, 400)
    ann.page.mouse.wheel(0, -400)
    expect(ann.messages.filter(has_text="Answer 40.")).to_be_in_viewport()
    ann.expect_idle()
    expect(ann.messages.filter(has_text="Answer 40.")).to_be_in_viewport()
    expect(ann.answer).not_to_be_in_viewport()


def test_the_box_of_an_edited_question_is_not_covered_by_the_header_on_a_phone(
    visit: Callable[..., Person], seeded_chats: SeededChats, new_user: User
) -> None:
    phone = {"width": 390, "height": 800}
    ann = visit(str(seeded_chats.add(new_user, "Long", turns=12)), viewport=phone)
    ann.expect_at_rest()
    ann.click("Edit or rate earlier messages")
    ann.expect_idle()
    # From here on the page does not scroll to its end by itself.
    ann.page.mouse.move(200, 400)
    ann.page.mouse.wheel(0, -500)
    expect(ann.answer).not_to_be_in_viewport()
    edit = ann.messages.filter(has_text="Question 6.").get_by_role("button", name="Edit")
    # As with a long question, whose upper end is above the page.
    edit.evaluate(
        "(button) => { document.querySelector('.stMain').scrollTop += button.getBoundingClientRect().top - 60 }"
    )
    edit.dispatch_event("click")
    box = ann.messages.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_focused()
    until(lambda: ann.is_below_header(box))


def top(shown: Locator) -> float:
    return float((shown.bounding_box() or {"y": 0})["y"])
