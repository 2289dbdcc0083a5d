"""What an owner does with chats: rename, pin, archive, search."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def test_a_title_given_by_the_user_is_not_overwritten_by_the_generated_one(ann: Person, agent: HeldAgent) -> None:
    generated = agent.titles(hold_after=0)
    agent.says("The Nordics.")
    ann.ask("Which region sold most?")
    ann.expect_messages("Which region sold most?", "The Nordics.")
    ann.expect_idle()
    ann.choose("Rename")
    ann.dialog.get_by_role("textbox").fill("*My* own name")
    ann.dialog.get_by_role("textbox").press("Enter")
    expect(ann.dialog).to_have_count(0)
    expect(ann.links.last).to_have_text("*My* own name")
    generated.release_all()
    agent.says("Still they.")
    ann.ask("And now?")
    expect(ann.answer).to_contain_text("Still they.")
    ann.expect_idle()
    ann.reload()
    expect(ann.heading).to_have_text("*My* own name")
    expect(ann.links.last).to_have_text("*My* own name")


@pytest.mark.parametrize("name", ["  ", "\u200b\u3164\u202e"])
def test_an_invisible_title_is_refused_in_the_rename_dialog(
    visit: Visit, seeded_chats: SeededChats, new_user: User, name: str
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.choose("Rename")
    ann.dialog.get_by_role("textbox").fill(name)
    ann.dialog.get_by_role("button", name="Save").click()
    expect(ann.dialog.get_by_role("alert")).to_be_visible()
    ann.dialog.get_by_role("button", name="Close").click()
    expect(ann.dialog).to_have_count(0)
    expect(ann.heading).to_have_text("Alpha")


def test_a_pinned_chat_stays_at_the_top_until_it_is_unpinned(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    old = seeded_chats.add(new_user, "Alpha", minutes_ago=5, turns=1)
    seeded_chats.add(new_user, "Beta")
    ann = visit(str(old))
    sections = ann.page.get_by_test_id("stNavSectionHeader")
    expect(ann.links).to_contain_text(["New chat", "Beta", "Alpha"])
    ann.choose("Pin")
    expect(ann.links).to_contain_text(["New chat", "Alpha", "Beta"])
    expect(sections.first).to_contain_text("Pinned")
    ann.choose("Unpin")
    expect(ann.links).to_contain_text(["New chat", "Beta", "Alpha"])
    expect(sections.first).not_to_contain_text("Pinned")


def test_a_pinned_chat_is_listed_even_if_it_is_older_than_the_first_page(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    old = seeded_chats.add(new_user, "The old one", minutes_ago=500, turns=1)
    for number in range(21):
        seeded_chats.add(new_user, f"Chat {number}", minutes_ago=number)
    ann = visit(str(old))
    expect(ann.links).to_have_count(21)
    ann.choose("Pin")
    expect(ann.links).to_have_count(22)
    expect(ann.links.nth(1)).to_have_text("The old one")


def test_an_archived_chat_leaves_the_list_and_can_be_restored(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=1)
    ann = visit(str(chat_id))
    ann.choose("Archive")
    ann.expect_text("No chats yet")
    ann.expect_text("Archived")
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.start_new_chat()
    ann.go_to_search()
    ann.expect_text("Archived chats")
    ann.click_text("Alpha")
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.expect_path(str(chat_id))
    ann.search("Alpha")
    ann.click_text("Alpha")
    ann.choose("Unarchive")
    expect(ann.links.last).to_have_text("Alpha")


def test_search_finds_messages_and_titles_and_opens_the_chat(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    said = seeded_chats.add(new_user, "Alpha", minutes_ago=500, turns=3)
    for number in range(21):
        seeded_chats.add(new_user, f"Chat {number}", minutes_ago=number)
    ann = visit()
    ann.search("question 2")
    main = ann.page.get_by_role("main")
    expect(main.locator("strong")).to_have_text(["Question", "2"])
    ann.click_text("Alpha")
    ann.expect_messages("Question 1.", "Answer 1.", "Question 2.", "Answer 2.", "Question 3.", "Answer 3.")
    ann.expect_path(str(said))
    ann.search("alph")
    expect(main.locator("strong")).to_have_text(["Alpha"])
    ann.click_text("Alpha")
    expect(ann.messages).to_have_count(6)
    assert ann.complaints == []


def test_a_search_without_hits_says_so(ann: Person) -> None:
    ann.search("*zebra* <b>crossing</b>")
    ann.expect_text("Nothing was found for “*zebra* <b>crossing</b>”.")


def test_a_search_hit_shows_markdown_as_plain_text(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    text = "![x](http://evil.example/h.png) *zebra* :red[b] $c$ [d](http://evil.example)"
    seeded_chats.add(new_user, text, answer=text)
    ann = visit()
    ann.search("zebra")
    main = ann.page.get_by_role("main")
    expect(main.locator("strong")).to_have_text(["zebra", "zebra"])
    expect(main.get_by_role("button", name="x zebra :red[b] $c$ d")).to_have_count(2)
    expect(main.locator("img, em")).to_have_count(0)
    assert not [url for url in ann.fetched if "evil" in url]


def test_another_users_chat_is_not_found(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    seeded_chats.add(User("bob@example.com", "bob@example.com", "Bob", authenticated=True), "Zebra of Bob", turns=1)
    ann = visit()
    ann.search("Zebra")
    ann.expect_text("Nothing was found for “Zebra”.")
    assert "Bob" not in ann.page.get_by_role("main").inner_text()


def test_the_sidebar_footer_stays_reachable_below_many_chats(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    for number in range(20):
        seeded_chats.add(new_user, f"Chat {number}", minutes_ago=number)
    ann = visit(viewport={"width": 1280, "height": 700})
    expect(ann.links).to_have_count(21)
    expect(ann.page.get_by_role("link", name="Saved in Lakebase")).to_be_in_viewport(ratio=1)
    expect(ann.links.last).not_to_be_in_viewport()
    ann.links.last.scroll_into_view_if_needed()
    expect(ann.links.last).to_be_in_viewport()
