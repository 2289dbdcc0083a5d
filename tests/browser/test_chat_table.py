"""The page with all chats: filters, order, several chats at once, and what another replica shows of it."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from lib.identity import User
from local.app import AppProcess
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]
IS_WHOLE = """
(selector) => {
  const text = document.querySelector(selector)?.parentElement;
  return text && text.clientWidth > 0 && text.scrollWidth <= text.clientWidth;
}
"""
TITLES = "[class*=st-key-chat-row-] [class*=st-key-open-] button p"


def titles(person: Person) -> Locator:
    """In the table, in its order."""
    return person.page.locator(TITLES)


def pick(person: Person, title: str) -> None:
    row = person.page.locator("[class*=st-key-chat-row-]").filter(has_text=title)
    row.get_by_test_id("stCheckbox").locator("label").click()


def test_chats_are_sorted_filtered_and_archived_several_at_once_and_a_replica_sees_it(
    visit: Visit, seeded_chats: SeededChats, new_user: User, other_app: AppProcess
) -> None:
    for minutes, title in enumerate(("Beta", "alpha", "Gamma", "Delta")):
        seeded_chats.add(new_user, title, minutes_ago=minutes, turns=1)
    ann = visit("chats")
    expect(titles(ann)).to_have_text(["Beta", "alpha", "Gamma", "Delta"])
    elsewhere = visit("chats", url=other_app.url)
    expect(titles(elsewhere)).to_have_count(4)

    ann.click("Title")
    expect(titles(ann)).to_have_text(["alpha", "Beta", "Delta", "Gamma"])
    ann.click("Created")
    expect(titles(ann)).to_have_text(["Beta", "alpha", "Gamma", "Delta"])

    pick(ann, "alpha")
    pick(ann, "Delta")
    expect(ann.page.get_by_text("2 selected")).to_be_visible()
    ann.click("Archive")
    expect(titles(ann)).to_have_text(["Beta", "Gamma"])
    expect(titles(elsewhere)).to_have_text(["Beta", "Gamma"])
    ann.click("Undo")
    expect(titles(ann)).to_have_text(["Beta", "alpha", "Gamma", "Delta"])
    expect(titles(elsewhere)).to_have_count(4)

    ann.page.get_by_role("button", name="Pinned").click()
    expect(ann.page.get_by_text("No chat matches these filters.")).to_be_visible()
    ann.click("Clear the filters")
    expect(titles(ann)).to_have_count(4)
    assert not ann.complaints


def test_a_title_has_room_at_any_width_with_and_without_the_sidebar(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    title = "Revenue of the last four quarters"
    seeded_chats.add(new_user, title, turns=1)
    ann = visit("chats", viewport={"width": 1280, "height": 800})
    expect(titles(ann)).to_have_text([title])
    for width in (1280, 1240, 1220, 1170, 1100, 900, 780, 700, 390):
        ann.page.set_viewport_size({"width": width, "height": 800})
        ann.page.wait_for_function(IS_WHOLE, arg=TITLES)
