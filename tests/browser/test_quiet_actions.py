"""The buttons of a message appear when somebody may want them."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def opacity(button: Locator) -> str:
    """Of the element that the style sheet hides."""
    return str(button.evaluate("(node) => getComputedStyle(node.closest('.copy')).opacity"))


def copy_button(message: Locator) -> Locator:
    return message.get_by_role("button", name="Copy the answer")


def test_buttons_of_earlier_answers_appear_for_the_mouse_and_for_the_keyboard(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=2)))
    earlier, last = copy_button(ann.messages.nth(1)), copy_button(ann.messages.nth(3))
    expect(last).to_be_visible()
    ann.box.hover()
    assert (opacity(earlier), opacity(last)) == ("0", "1")
    ann.messages.nth(1).hover()
    assert opacity(earlier) == "1"
    ann.box.hover()
    earlier.focus()
    assert opacity(earlier) == "1"


def test_buttons_of_all_answers_are_there_for_a_finger(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=2)), has_touch=True, is_mobile=True)
    expect(copy_button(ann.messages.nth(3))).to_be_visible()
    assert opacity(copy_button(ann.messages.nth(1))) == "1"


def test_the_time_of_a_question_appears_for_the_mouse(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    question = ann.page.get_by_role("group", name=re.compile(r"Chat message from user, .*\d\d:\d\d$"))
    expect(question).to_have_attribute("data-time", re.compile(r"\d\d:\d\d$"))
    opacity_of_time = "(node) => getComputedStyle(node, '::after').opacity"
    ann.box.hover()
    assert question.evaluate(opacity_of_time) == "0"
    question.hover()
    assert question.evaluate(opacity_of_time) != "0"
