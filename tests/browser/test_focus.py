"""Where one types: in the box for a question, without a click."""

from collections.abc import Callable

from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.browser.test_reachable_controls import PHONE

Visit = Callable[..., Person]


def test_whoever_opens_a_chat_can_type_at_once(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent
) -> None:
    seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit()
    expect(ann.box).to_be_focused()
    ann.go_to("Alpha")
    ann.expect_messages("Question 1.", "Answer 1.")
    expect(ann.box).to_be_focused()
    ann.start_new_chat()
    expect(ann.box).to_be_focused()
    agent.says("Beta.")
    ann.page.keyboard.type("Another")
    ann.page.keyboard.press("Enter")
    ann.expect_messages("Another", "Beta.")
    expect(ann.box).to_be_focused()


def test_whoever_opens_the_page_for_searching_can_type_at_once(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit("search")
    expect(ann.page.get_by_role("textbox", name="Search your chats")).to_be_focused()
    ann.page.keyboard.type("alp")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("button", name="Alpha")).to_be_visible()


def test_what_is_typed_while_the_focus_is_nowhere_goes_into_the_box(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    expect(ann.box).to_be_focused()
    ann.messages.first.click()
    expect(ann.box).not_to_be_focused()
    ann.page.keyboard.type("row")
    expect(ann.box).to_have_value("row")


def test_a_dialog_without_a_field_to_write_in_does_not_begin_at_one_of_its_choices(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.choose("Share")
    expect(ann.dialog.get_by_role("combobox")).to_be_visible()
    expect(ann.dialog).to_be_focused()


def test_the_first_field_of_a_dialog_can_be_typed_over_at_once(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.choose("Rename")
    ann.page.wait_for_function("getSelection().toString() === 'Alpha'")
    ann.page.keyboard.type("Beta")
    ann.page.keyboard.press("Enter")
    expect(ann.heading).to_have_text("Beta")
    ann.choose("Rename")
    ann.page.wait_for_function("getSelection().toString() === 'Beta'")
    ann.page.keyboard.type("Gamma")
    ann.dialog.get_by_role("button", name="Cancel").click()
    expect(ann.dialog).to_have_count(0)
    expect(ann.heading).to_have_text("Beta")


def test_a_message_that_the_address_names_has_the_focus_and_typing_goes_into_the_box(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=12)))
    ann.search("question 3")
    ann.click_text("Question 3.")
    expect(ann.page.locator(".st-key-found-message")).to_be_focused()
    ann.expect_idle()
    expect(ann.page.locator(".st-key-found-message")).to_be_focused()
    ann.page.keyboard.type("more")
    expect(ann.box).to_have_value("more")


def test_the_link_that_skips_to_the_content_leads_to_the_box(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    expect(ann.box).to_be_focused()
    skip = ann.page.get_by_test_id("stSkipToContent")
    skip.focus()
    ann.page.keyboard.press("Enter")
    expect(ann.box).to_be_focused()


def test_on_a_phone_no_keyboard_comes_up_by_itself(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)), **PHONE)
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.page.wait_for_function("window.lakechatFocus")
    ann.expect_idle()
    expect(ann.box).not_to_be_focused()
