"""The list of chats, addresses, and deleting."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from lib.identity import User
from lib.ui.markdown.escape import break_addresses
from local.app import AppProcess
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]
DAY_MINUTES = 24 * 60
NOT_FOUND = "There is no such chat here. It may have been deleted, or it is not shared with you."


def test_chats_are_grouped_by_the_day_of_their_last_activity(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ages = {"Today": 0, "Yesterday": 1, "Previous 7 days": 4, "Previous 30 days": 20, "Older": 90}
    for section, days in ages.items():
        seeded_chats.add(new_user, f"Of {section}", minutes_ago=days * DAY_MINUTES)
    ann = visit(timezone_id="UTC")
    expect(ann.page.get_by_test_id("stNavSectionHeader")).to_contain_text(list(ages))
    expect(ann.links).to_contain_text(["New chat", *(f"Of {section}" for section in ages)])


def test_the_open_chat_is_highlighted_and_its_address_leads_to_it(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    first, second = (seeded_chats.add(new_user, title, turns=1) for title in ("Alpha", "Beta"))
    ann = visit(str(first))
    ann.expect_messages("Question 1.", "Answer 1.")
    current = ann.page.locator("[data-testid=stSidebarNavLink][aria-current=page]")
    expect(current).to_have_text("Alpha")
    ann.go_to("Beta")
    expect(current).to_have_text("Beta")
    ann.expect_path(str(second))
    assert ann.complaints == []


def test_another_users_chat_looks_the_same_as_an_unknown_one(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    bob = User("bob@example.com", "bob@example.com", "Bob", authenticated=True)
    theirs = seeded_chats.add(bob, "Bob's own", turns=1)
    seeded_chats.add(new_user, "Ann's own")
    ann = visit()
    main = ann.page.get_by_role("main")
    way_out = main.get_by_role("link", name="New chat")
    seen = set()
    for path in (str(theirs), str(uuid4()), "no-chat-at-all"):
        ann.open(path)
        ann.expect_text(NOT_FOUND)
        expect(way_out).to_be_visible()
        seen.add(main.inner_text())
        assert "Bob" not in ann.page.content()
    assert len(seen) == 1
    way_out.click()
    ann.expect_text("What would you like to know?")
    ann.expect_path("")


def test_delete_moves_the_chat_to_the_trash_at_once_and_undo_opens_it_again(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=1)
    seeded_chats.add(new_user, "Beta")
    ann = visit(str(chat_id))
    undo = ann.page.get_by_role("button", name="Undo")
    ann.choose("Delete")
    # While it has the focus, the offer does not end.
    undo.focus()
    ann.expect_text("“Alpha” is in the trash.")
    ann.expect_text("What would you like to know?")
    expect(ann.links).to_contain_text(["New chat", "Beta"])
    undo.press("Enter")
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.expect_path(str(chat_id))
    expect(undo).to_have_count(0)
    expect(ann.links).to_contain_text(["New chat", "Beta", "Alpha"])
    ann.choose("Delete")
    ann.expect_text("What would you like to know?")
    expect(undo).to_be_visible()
    expect(undo).to_be_hidden()
    expect(ann.links).to_contain_text(["New chat", "Beta"])
    ann.expect_path("")
    ann.open(str(chat_id))
    ann.expect_text(NOT_FOUND)


def test_without_a_trash_each_way_to_delete_asks_first(
    visit: Visit, seeded_chats: SeededChats, new_user: User, app_without_trash: AppProcess
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=1)
    for title in ("Beta", "Gamma", "Delta"):
        seeded_chats.add(new_user, title)
    ann = visit(str(chat_id), url=app_without_trash.url)
    ann.choose("Delete")
    expect(ann.dialog).to_contain_text("“Alpha” and all its messages will be deleted for good.")
    ann.dialog.get_by_role("button", name="Cancel").click()
    expect(ann.dialog).to_have_count(0)
    expect(ann.heading).to_have_text("Alpha")
    ann.choose("Delete")
    ann.dialog.get_by_role("button", name="Delete").click()
    ann.expect_text("What would you like to know?")
    expect(ann.links).to_contain_text(["New chat", "Delta", "Gamma", "Beta"])
    ann.go_to("All chats")
    expect(ann.page.get_by_role("radio")).to_have_text(["Chats", "Archived"])
    for title in ("Beta", "Gamma"):
        ann.page.get_by_text(f"Select {title}").locator("xpath=ancestor::label").click()
    ann.expect_text("2 selected")
    ann.click("Delete")
    expect(ann.dialog).to_contain_text("2 chats and all that was said there will be deleted.")
    ann.dialog.get_by_role("button", name="Delete").click()
    ann.expect_text("2 chats deleted")
    expect(ann.links).to_contain_text(["New chat", "Delta"])
    ann.open(str(chat_id))
    ann.expect_text(NOT_FOUND)


def test_the_chat_list_loads_more_in_pages_of_twenty(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    for number in range(45):
        seeded_chats.add(new_user, f"Chat {number}", minutes_ago=number)
    ann = visit()
    for shown in (20, 40, 45):
        expect(ann.links).to_have_count(shown + 1)
        if shown < 45:
            ann.click("Load more")
    expect(ann.page.get_by_role("button", name="Load more")).to_have_count(0)
    expect(ann.links.last).to_contain_text("Chat 44")


def test_a_chat_that_is_not_listed_opens_by_its_address(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    for number in range(21):
        seeded_chats.add(new_user, f"Chat {number}", minutes_ago=number)
    old = seeded_chats.add(new_user, "The old one", minutes_ago=DAY_MINUTES, turns=1)
    ann = visit(str(old))
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.expect_path(str(old))


def test_a_long_chat_shows_its_last_forty_messages_and_earlier_ones_on_demand(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Long", turns=30)))
    expect(ann.messages).to_have_count(40)
    expect(ann.messages.first).to_contain_text("Question 11.")
    ann.expect_at_rest()
    ann.click("Show earlier messages")
    expect(ann.messages).to_have_count(60)
    expect(ann.messages.first).to_contain_text("Question 1.")
    expect(ann.page.get_by_role("button", name="Show earlier messages")).to_have_count(0)


def test_a_new_chat_is_titled_by_its_question_until_a_model_has_titled_it(ann: Person, agent: HeldAgent) -> None:
    title = agent.titles(hold_after=0)
    held = agent.says("Some ", "thing.", held_after=1)
    ann.ask("Which region of all that we sell to in Europe sold most last quarter?")
    expect(ann.links.last).to_contain_text("Which region of all that we sell to in Europe sold most…")
    title.release_all()
    held.release_all()
    ann.expect_idle()
    ann.reload()
    expect(ann.links.last).not_to_contain_text("…")


def test_a_title_with_markdown_is_shown_verbatim(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    title = "![x](http://evil.example/t.png) *a* :red[b] $c$ <b>d</b> [e](http://evil.example)"
    ann = visit(str(seeded_chats.add(new_user, title)))
    expect(ann.links.last).to_have_text(title)
    expect(ann.page.get_by_role("main").get_by_role("heading")).to_have_text(break_addresses(title))
    assert not [url for url in ann.fetched if "evil" in url]
    assert ann.complaints == []
