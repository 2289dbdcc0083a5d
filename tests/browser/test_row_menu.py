"""The menu on a chat in the sidebar, over whatever page is open."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def menu_of(person: Person, title: str) -> Locator:
    return person.page.get_by_role("button", name=f"What to do with “{title}”", exact=True)


def choose(person: Person, title: str, option: str) -> None:
    person.links.filter(has_text=title).hover()
    menu_of(person, title).click()
    person.page.get_by_role("menuitem", name=option, exact=True).click()


def test_a_chat_is_renamed_pinned_and_deleted_without_being_opened(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    old = seeded_chats.add(new_user, "Alpha", minutes_ago=5, turns=1)
    seeded_chats.add(new_user, "Beta", turns=1)
    ann = visit(str(old))
    choose(ann, "Beta", "Rename")
    ann.dialog.get_by_role("textbox").fill("Gamma")
    ann.dialog.get_by_role("textbox").press("Enter")
    expect(ann.links).to_contain_text(["New chat", "Gamma", "Alpha"])
    choose(ann, "Alpha", "Pin")
    expect(ann.links).to_contain_text(["New chat", "Alpha", "Gamma"])
    choose(ann, "Gamma", "Delete")
    expect(ann.links).to_contain_text(["New chat", "Alpha"])
    ann.expect_path(str(old))
    ann.click("Undo")
    expect(ann.heading).to_have_text("Gamma")
    choose(ann, "Gamma", "Delete")
    expect(ann.heading).to_have_text("What would you like to know?")
    assert ann.complaints == []


def test_the_menu_is_used_by_keyboard(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    seeded_chats.add(new_user, "Beta", turns=1)
    ann = visit()
    options = ann.page.get_by_role("menuitem")
    expect(ann.box).to_be_focused()
    expect(menu_of(ann, "Beta")).to_be_attached()
    ann.links.filter(has_text="Beta").focus()
    ann.page.keyboard.press("Tab")
    expect(menu_of(ann, "Beta")).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(options.first).to_be_focused()
    ann.page.keyboard.press("ArrowUp")
    expect(options.last).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(menu_of(ann, "Beta")).to_be_focused()
    ann.page.keyboard.press("Enter")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_test_id("stNavSectionHeader").first).to_contain_text("Pinned")


def test_a_dialog_of_a_row_can_be_used_while_an_answer_is_written(
    visit: Visit, agent: HeldAgent, seeded_chats: SeededChats, new_user: User
) -> None:
    seeded_chats.add(new_user, "Beta", minutes_ago=5, turns=1)
    ann = visit()
    held = agent.says("One ", "two.", held_after=1)
    ann.ask("Count")
    expect(ann.answer).to_contain_text("One")
    choose(ann, "Beta", "Share")
    ann.dialog.get_by_role("button", name="Share", exact=True).click()
    expect(ann.dialog.get_by_test_id("stCode")).to_contain_text(ann.url)
    ann.page.keyboard.press("Escape")
    held.release_all()
    ann.expect_messages("Count", "One two.")
