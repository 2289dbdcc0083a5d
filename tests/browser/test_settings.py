"""What a person sets for their browser: language, theme and density."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import HeldAgent, looked_up
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.browser.test_accessibility import findings

Visit = Callable[..., Person]
# How far the page has moved by itself so far (the sum of its layout shifts), the themes that it was drawn in, and
# whether the rules of the style sheet were there when it was drawn first.
WATCH = """
window.moved = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
  const isSidebarLate = each.sources.some(({ node }) => node?.querySelector?.("[data-testid=stHeader]"));
  if (isSidebarLate) window.moved += each.value;
})).observe({ type: "layout-shift", buffered: true });
window.backgrounds = new Set();
const look = () => {
  const app = document.querySelector("[data-testid=stApp]");
  if (app) window.backgrounds.add(getComputedStyle(app).colorScheme);
  if (app) window.hadRules ??= getComputedStyle(app).getPropertyValue("--link-color") !== "";
  requestAnimationFrame(look);
};
look();
"""


def open_settings(person: Person, name: str = "Settings") -> Locator:
    person.page.get_by_role("button", name=name, exact=True).click()
    expect(person.dialog.get_by_role("heading", name=name)).to_be_visible()
    return person.dialog


def choose(dialog: Locator, *names: str) -> None:
    for name in names:
        option = dialog.get_by_role("radio", name=name, exact=True)
        option.click()
        expect(option).to_be_checked()


def test_language_theme_and_density_are_kept_by_the_browser(visit: Visit, agent: HeldAgent) -> None:
    ann = visit(color_scheme="light", locale="en-GB")
    ann.page.add_init_script(WATCH)
    size = "getComputedStyle(document.documentElement).fontSize"
    before = ann.page.evaluate(size)
    dialog = open_settings(ann)
    assert findings(ann) == []
    choose(dialog, "Deutsch", "Dark", "Compact")
    dialog.get_by_role("button", name="Save").click()
    expect(ann.heading).to_have_text("Was möchten Sie wissen?")
    ann.page.wait_for_function(f"{size} !== '{before}'")
    ann.page.wait_for_function("document.documentElement.lang === 'de'")
    agent.says("Island.")
    ann.page.get_by_role("textbox", name="Stellen Sie eine Frage").fill("Wo?")
    ann.page.keyboard.press("Enter")
    ann.expect_messages("Wo?", "Island.")
    expect(ann.answer).to_contain_text("Gespeichert")
    ann.page.goto(f"{ann.url}/{ann.path}")  # its first load, and so without a theme of its own
    ann.expect_messages("Wo?", "Island.")
    assert ann.page.evaluate("[...window.backgrounds].filter((each) => each !== 'normal')") == ["dark"]
    assert ann.page.evaluate("window.hadRules")
    dialog = open_settings(ann, "Einstellungen")
    choose(dialog, "English", "Hell", "Normal")
    dialog.get_by_role("button", name="Speichern").click()
    expect(ann.page.get_by_role("link", name="New chat")).to_be_visible()
    ann.page.wait_for_function(f"{size} === '{before}'")
    scheme = "getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme"
    ann.page.wait_for_function(f"{scheme} === 'light'")


@pytest.mark.parametrize(
    ("locale", "headline"), [("de-AT", "Was möchten Sie wissen?"), ("fr-FR", "What would you like")]
)
def test_the_language_is_the_browsers_where_it_is_known(visit: Visit, locale: str, headline: str) -> None:
    person = visit(locale=locale)
    expect(person.heading).to_contain_text(headline)


def test_streamlits_own_words_are_in_the_language_too_and_what_people_said_is_not(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Search", answer="Upload")), locale="de-DE")
    expect(ann.heading).to_have_text("Search")
    expect(ann.answer.get_by_role("radio", name="Daumen nach oben")).to_be_visible()
    expect(ann.answer.get_by_text("Upload")).to_be_visible()
    expect(ann.page.get_by_role("button", name="Frage senden")).to_be_visible()
    ann.page.get_by_role("button", name="Aktionen für diesen Chat").click()
    ann.page.get_by_role("menuitem", name="Umbenennen").click()
    expect(ann.dialog.get_by_text("Mit Enter absenden")).to_be_visible()
    ann.dialog.get_by_role("button", name="Schließen").click()
    dialog = open_settings(ann, "Einstellungen")
    choose(dialog, "English")
    dialog.get_by_role("button", name="Speichern").click()
    expect(ann.page.get_by_role("button", name="Send message")).to_be_visible()
    expect(ann.answer.get_by_role("radio", name="Thumbs up")).to_be_visible()


def test_the_menu_of_a_column_is_in_the_language_and_the_names_of_columns_are_not(
    visit: Visit, agent: HeldAgent
) -> None:
    ann = visit(locale="de-DE")
    agent.streams(*looked_up([{"Open": day, "Close": day + 1} for day in range(5)]))
    ann.ask("Kurse?")
    table = ann.answer.get_by_test_id("stDataFrame").last
    expect(table).to_be_visible()
    ann.expect_place_kept()
    box = table.bounding_box()
    assert box
    top_right = {"x": box["width"] - 18, "y": 17}
    table.hover(position=top_right)
    table.click(position=top_right)
    menu = ann.page.get_by_test_id("stDataFrameColumnMenu")
    expect(menu.get_by_title("Close", exact=True)).to_have_text(re.compile("^Close"))
    for action in ("Aufsteigend sortieren", "Breite anpassen", "Spalte fixieren", "Spalte ausblenden"):
        expect(menu.get_by_role("menuitem", name=action)).to_be_visible()
    menu.get_by_role("menuitem", name="Statistik").hover()
    expect(ann.page.get_by_test_id("stDataFrameStatisticsMetrics")).to_contain_text("Durchschnitt")
    menu.get_by_role("menuitem", name="Format").hover()
    formats = ann.page.get_by_test_id("stDataFrameColumnFormattingMenu")
    expect(formats.get_by_role("menuitem", name="Wissenschaftlich")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("Escape")
    assert table.locator("[role=columnheader]").all_inner_texts() == ["Open", "Close"]
    table.hover()
    ann.page.get_by_role("button", name="Spalten ein- und ausblenden").last.click()
    names = ann.page.get_by_test_id("stDataFrameColumnVisibilityMenu").get_by_role("checkbox")
    expect(names).to_have_count(4)
    assert [name.get_attribute("aria-label") for name in names.all()][2:] == ["Open", "Close"]


def test_a_dialog_has_the_theme_of_the_app(visit: Visit) -> None:
    """It stands beside the app in the document. White on the light primary colour could not be read."""
    dialog = open_settings(visit(color_scheme="dark"))
    save = dialog.get_by_role("button", name="Save")
    expect(save).to_have_css("color-scheme", "dark")
    expect(save).to_have_css("color", "rgb(16, 24, 28)")


def test_the_dialog_lists_the_shortcuts_and_changes_nothing_when_it_is_left(ann: Person) -> None:
    dialog = open_settings(ann)
    choose(dialog, "Compact")
    dialog.get_by_role("button", name="Keyboard shortcuts").click()
    shortcuts = ann.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    shortcuts.get_by_role("button", name="Close").click()
    choose(open_settings(ann), "Dark")
    ann.dialog.get_by_role("button", name="Cancel").click()
    expect(ann.dialog).to_have_count(0)
    ann.reload()
    expect(open_settings(ann).get_by_role("radio", name="Comfortable")).to_be_checked()


def test_a_page_has_the_name_of_the_app_and_the_place_of_the_sidebar_from_the_beginning(ann: Person) -> None:
    ann.page.route_web_socket("**/_stcore/stream", lambda _socket: None)
    ann.reload()
    expect(ann.page.get_by_test_id("stAppSkeleton")).to_be_visible()
    assert ann.page.title() == "Lakechat"
    box = ann.page.get_by_test_id("stMain").bounding_box()
    assert box and box["x"] == 300


def test_the_page_does_not_move_when_the_sidebar_comes(ann: Person) -> None:
    ann.page.add_init_script(WATCH)
    ann.reload()
    expect(ann.heading).to_be_visible()
    ann.expect_palette()
    assert ann.page.evaluate("window.moved") == 0


def test_there_is_no_place_for_a_sidebar_that_was_closed(ann: Person) -> None:
    ann.page.get_by_test_id("stSidebar").hover()
    ann.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(ann.page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    ann.page.route_web_socket("**/_stcore/stream", lambda _socket: None)
    ann.reload()
    expect(ann.page.get_by_test_id("stAppSkeleton")).to_be_visible()
    box = ann.page.get_by_test_id("stMain").bounding_box()
    assert box and box["x"] == 0


def test_on_a_phone_a_page_is_loaded_without_the_sidebar_over_it(visit: Visit) -> None:
    ann = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    ann.page.get_by_test_id("stExpandSidebarButton").click()
    expect(ann.page.get_by_role("link", name="All chats")).to_be_in_viewport()
    ann.reload()
    expect(ann.heading).to_be_visible()
    expect(ann.page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    expect(ann.page.get_by_role("link", name="All chats")).not_to_be_in_viewport()
