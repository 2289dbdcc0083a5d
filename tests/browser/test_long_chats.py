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
    reached.scroll_into_view_if_needed()
    ann.click("Show earlier messages")
    expect(ann.messages.first).to_contain_text("Question 21.")
    until(lambda: 50 < top(reached) < 200)
    # While the page is still being drawn, messages that come above would move what a reader has scrolled to.
    ann.expect_idle()
    # What is above it is read by scrolling up, and nothing pulls the reader back.
    ann.page.mouse.move(700, 400)
    ann.page.mouse.wheel(0, -400)
    expect(ann.messages.filter(has_text="Answer 40.")).to_be_in_viewport()
    ann.expect_idle()
    expect(ann.messages.filter(has_text="Answer 40.")).to_be_in_viewport()
    expect(ann.answer).not_to_be_in_viewport()


def top(shown: Locator) -> float:
    return float((shown.bounding_box() or {"y": 0})["y"])
