"""What a page is called: the title of the browser's tab, all that one sees of it in the background, and its heading."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]


def test_the_tab_and_the_heading_name_what_is_open(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    seeded_chats.add(new_user, "50 % *more* of :smile:", turns=1)
    ann = visit()
    expect(ann.page).to_have_title("New chat · Lakechat")
    ann.links.last.click()
    expect(ann.page).to_have_title("50 % *more* of :smile: · Lakechat")
    heading = ann.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("50 % *more* of :smile:")
    ann.go_to("All chats")
    expect(heading).to_have_text("All chats")
    expect(ann.page).to_have_title("All chats · Lakechat")
    ann.go_to("New chat")
    expect(ann.page).to_have_title("New chat · Lakechat")


def test_the_tab_tells_that_an_answer_ended_in_another_chat(
    visit: Visit, seeded_chats: SeededChats, new_user: User, agent: HeldAgent
) -> None:
    alpha = str(seeded_chats.add(new_user, "Alpha", turns=1))
    ann = visit(alpha)
    expect(ann.page).to_have_title("Alpha · Lakechat")
    other = ann.another_tab("")
    held = agent.says("Beta ", "is ready.", held_after=1)
    other.ask("How is Beta?")
    other.expect_text("Beta ")
    other.go_to("All chats")
    expect(other.heading).to_have_text("All chats")
    held.release_all()
    expect(ann.page).to_have_title("(1) Alpha · Lakechat")
    ann.links.nth(1).click()
    ann.expect_messages("How is Beta?", "Beta is ready.")
    expect(ann.page).to_have_title(re.compile(r"^(?!Alpha|\(1\)).* · Lakechat"))
