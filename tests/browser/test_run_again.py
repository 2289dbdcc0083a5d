"""A question asked again, with what has changed since."""

from playwright.sync_api import Locator, expect

from tests.browser.person import Person


def view(person: Person, name: str) -> Locator:
    return person.answer.get_by_role("radio", name=name)


def test_a_question_is_run_again_and_the_page_shows_what_has_changed(ann: Person) -> None:
    ann.ask("Show revenue by month for 2026")
    ann.expect_answered()
    expect(view(ann, "Changes")).to_have_count(0)
    ann.click("Run again")
    ann.expect_text("1 row added, 4 changed")
    ann.expect_answered()
    ann.expect_text("2/2")
    expect(view(ann, "Changes")).to_be_checked()
    expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
    view(ann, "Table").click()
    expect(ann.page.get_by_text("4 changed")).to_have_count(0)
    ann.reload()
    view(ann, "Changes").click()
    ann.expect_text("1 row added, 4 changed")
    ann.page.get_by_role("button", name="Previous version").click()
    ann.expect_text("1/2")
    expect(view(ann, "Changes")).to_have_count(0)
    assert ann.complaints == []
