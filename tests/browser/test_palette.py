"""The palette: from a key, over any page, to the message that was looked for."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.browser.test_reachable_controls import PHONE
from tests.waiting import until

Visit = Callable[..., Person]


def words_of(person: Person) -> Locator:
    return person.palette.get_by_role("combobox")


def options(person: Person) -> Locator:
    return person.palette.get_by_role("option")


def selected(person: Person) -> Locator:
    return person.palette.locator("[role=option][aria-selected=true]")


def test_by_keys_alone_a_chat_is_opened_at_a_message_and_escape_gives_the_focus_back(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    alpha = seeded_chats.add(new_user, "Alpha", turns=60, minutes_ago=1)
    seeded_chats.add(new_user, "Beta", turns=1)
    ann = visit()
    ann.expect_palette()
    ann.box.fill("half a question")
    ann.box.press("Control+k")
    expect(words_of(ann)).to_be_focused()
    expect(options(ann).first).to_contain_text("Beta")
    expect(options(ann).nth(1)).to_contain_text("Alpha")
    ann.page.keyboard.press("Escape")
    expect(ann.palette).to_have_count(0)
    expect(ann.box).to_be_focused()
    expect(ann.box).to_have_value("half a question")
    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type('"question 20"')
    expect(options(ann).last).to_have_text('All results for “"question 20"”')
    expect(selected(ann)).to_contain_text("Alpha")
    ann.page.keyboard.press("ArrowDown")
    expect(selected(ann)).to_contain_text("Question 20.")
    expect(selected(ann).locator("mark")).to_have_text(["Question", "20"])
    ann.page.keyboard.press("Enter")
    found = ann.page.locator(".st-key-found-message")
    expect(found).to_contain_text("Question 20.")
    expect(found).to_be_in_viewport()
    expect(ann.palette).to_have_count(0)
    ann.expect_path(str(alpha))
    assert ann.complaints == []


def test_on_a_phone_the_palette_fills_the_screen_and_opens_a_chat_by_touch(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    alpha = seeded_chats.add(new_user, "Alpha " + "long " * 20, turns=3)
    ann = visit(**PHONE)
    ann.page.get_by_role("button", name="Search chats").tap()
    expect(words_of(ann)).to_be_focused()
    until(lambda: ann.palette.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844})
    ann.palette.get_by_role("button", name="Close").tap()
    expect(ann.palette).to_have_count(0)
    ann.page.get_by_role("button", name="Search chats").tap()
    words_of(ann).fill("question 2")
    hit = options(ann).filter(has_text="Question 2.")
    expect(hit).to_be_in_viewport(ratio=1)
    until(lambda: ann.page.evaluate("document.documentElement.scrollWidth") == 390)
    hit.tap()
    expect(ann.page.locator(".st-key-found-message")).to_contain_text("Question 2.")
    ann.expect_path(str(alpha))
    assert ann.complaints == []


def test_what_was_said_is_shown_as_text_and_loads_nothing(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    said = '<img src="http://evil.example/h.png" onerror="document.title=1"> <b>zebra</b>'
    seeded_chats.add(new_user, said, answer=said)
    ann = visit()
    ann.expect_palette()
    ann.page.keyboard.press("Control+k")
    words_of(ann).fill("zebra")
    expect(options(ann).first.locator("mark")).to_have_text("zebra")
    expect(options(ann).first).to_contain_text(said)
    expect(ann.palette.locator("img, b")).to_have_count(0)
    assert not [url for url in ann.fetched if "evil" in url]
    assert ann.complaints == []


def test_chats_of_others_are_not_found_and_it_says_so(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    bob = User("bob@example.com", "bob@example.com", "Bob", authenticated=True)
    seeded_chats.add(bob, "Zebra of Bob", turns=1)
    ann = visit()
    ann.expect_palette()
    ann.page.keyboard.press("Control+k")
    words_of(ann).fill("Zebra")
    expect(ann.palette.get_by_role("status")).to_have_text("Nothing was found for “Zebra”.")
    expect(options(ann)).to_have_text(["All results for “Zebra”"])
