"""Controls that must stay reachable: on a phone, below many chats, and at the end of a long chat."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.waiting import until

Visit = Callable[..., Person]
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": ANDROID,
}


def open_sidebar(person: Person) -> None:
    expect(person.links.last).not_to_be_in_viewport()
    person.page.get_by_test_id("stExpandSidebarButton").click()


def test_on_a_phone_the_sidebar_opens_and_leads_to_a_chat(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit(**PHONE)
    open_sidebar(ann)
    ann.go_to("Alpha")
    ann.expect_messages("Question 1.", "Answer 1.")
    expect(ann.links.last).not_to_be_in_viewport()
    expect(ann.box).to_be_in_viewport()


def test_on_a_phone_search_hits_are_in_view_also_after_going_back(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit(**PHONE)
    open_sidebar(ann)
    ann.search("question")
    found = ann.page.get_by_role("main").get_by_role("button", name="Alpha")
    expect(found).to_be_in_viewport()
    expect(ann.links.last).not_to_be_in_viewport()
    found.click()
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.page.go_back()
    expect(found).to_be_in_viewport()


def test_a_new_user_sees_new_chat_and_search_in_the_sidebar(ann: Person) -> None:
    ann.go_to_search()
    ann.go_to("New chat")
    ann.expect_text("What would you like to know?")
    ann.expect_text("No chats yet")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["wide", "phone"])
def test_title_and_menu_stay_visible_at_the_end_of_a_long_chat(
    visit: Visit, seeded_chats: SeededChats, new_user: User, options: dict[str, Any]
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=15)), **options)
    expect(ann.answer).to_be_in_viewport()
    expect(ann.messages.first).not_to_be_in_viewport()
    expect(ann.heading).to_be_in_viewport(ratio=1)
    ann.choose("Rename")
    expect(ann.dialog.get_by_role("textbox")).to_have_value("Alpha")


def test_a_title_that_repeats_the_question_below_it_shows_when_that_has_scrolled_away(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Question 1", turns=15)))
    title = ann.page.get_by_role("heading", name="Question 1", exact=True)
    ann.expect_at_rest()
    expect(title).to_have_css("opacity", "1")
    ann.page.mouse.move(640, 400)

    def is_hidden_at_the_top() -> bool:
        ann.page.mouse.wheel(0, -9000)  # more than once, where the page is still being brought to its end
        return title.evaluate("title => getComputedStyle(title).opacity") == "0"

    until(is_hidden_at_the_top)
    ann.open(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    expect(ann.page.get_by_role("heading", name="Alpha")).to_have_css("opacity", "1")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chat_cannot_be_moved_sideways(visit: Visit, seeded_chats: SeededChats, new_user: User, width: int) -> None:
    said = "- A list\n- \u0645\u0631\u062d\u0628\u0627\n\n- \u0645\u0631\u062d\u0628\u0627"
    chat_id = seeded_chats.add(new_user, "Alpha", turns=4, answer=said)
    ann = visit(str(chat_id), viewport={"width": width, "height": 800})
    ann.expect_at_rest()
    assert ann.page.locator(".stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_the_menu_of_a_chat_leaves_the_page_where_it_is(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    """A menu that closes gives the focus back to its button, which is in view all the time."""
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=15)))
    ann.expect_at_rest()
    ann.page.mouse.move(640, 400)
    ann.page.mouse.wheel(0, -600)
    read = ann.messages.filter(has_text="Answer 12.")
    expect(read).to_be_in_viewport(ratio=1)
    menu = ann.page.get_by_role("button", name="What to do with this chat")
    button = menu.bounding_box()
    assert button
    before = read.bounding_box()
    ann.page.mouse.click(button["x"] + button["width"] / 2, button["y"] + button["height"] / 2)
    expect(ann.page.get_by_role("menuitem", name="Rename")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    assert read.bounding_box() == before


def test_in_a_low_window_header_and_input_leave_the_room_to_the_messages(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=15)
    ann = visit(str(chat_id), viewport={"width": 640, "height": 400}, device_scale_factor=2)
    expect(ann.box).to_be_in_viewport()
    expect(ann.heading).not_to_be_in_viewport()
    ann.page.mouse.move(320, 200)
    ann.page.mouse.wheel(0, -600)
    expect(ann.box).not_to_be_in_viewport()
    ann.page.get_by_role("button", name="To the end of the chat").click()
    expect(ann.box).to_be_in_viewport()


def test_a_web_address_in_a_title_is_no_link(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(
        str(seeded_chats.add(new_user, "Ask bob@example.com at http://evil.example or www.evil.example", turns=1))
    )
    ann.expect_messages("Question 1.", "Answer 1.")
    expect(ann.page.get_by_role("main").get_by_role("link")).to_have_count(0)
    expect(ann.page.locator("a[href*=evil], a[href^=mailto]")).to_have_count(0)
