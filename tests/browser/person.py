"""A user of the app in a browser: what they do and what they see (a page object)."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from local.platform_proxy import PlatformProxy
from tests.waiting import until

PROBE = "/_stcore/"


class Person:
    """One browser tab behind a proxy like the platform's.

    `complaints` are the errors in its console, `fetched` the addresses that it asked for.
    """

    def __init__(self, context: BrowserContext, proxy: PlatformProxy) -> None:
        self.context = context
        self.proxy = proxy
        self.url = proxy.url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.fetched: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))

    def open(self, path: str = "") -> Person:
        self.page.goto(f"{self.url}/{path}")
        expect(self.page.get_by_role("main").get_by_role("heading").first).to_be_visible()
        return self

    def another_tab(self, path: str) -> Person:
        return Person(self.context, self.proxy).open(path)

    def reload(self) -> None:
        self.page.reload()

    def ask(self, question: str) -> None:
        self.box.fill(question)
        self.box.press("Enter")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, action: str) -> None:
        """Choose an action from the open chat's menu."""
        self.page.get_by_role("button", name="What to do with this chat").click()
        options = (self.page.get_by_role(role, name=action, exact=True) for role in ("menuitem", "option"))
        next(options).or_(next(options)).click()

    def share(self, *choices: str) -> None:
        """Share the open chat, live and without an end or by other choices of the dialog, which stays open."""
        self.choose("Share")
        for choice in choices:
            self.dialog.get_by_text(choice, exact=True).click()
        self.dialog.get_by_role("button", name="Share", exact=True).click()
        expect(self.dialog.get_by_test_id("stCode")).to_contain_text(f"{self.url}/{self.path}")

    def click_text(self, text: str) -> None:
        """Click a button by its text, in the page and not in the sidebar."""
        self.page.get_by_role("main").get_by_role("button").filter(has_text=text).first.click()

    def search(self, words: str) -> None:
        """Go from the palette to the page with all results."""
        self.expect_palette()
        self.go_to("Search")
        self.palette.get_by_role("combobox").fill(words)
        self.palette.get_by_role("option", name=f"All results for “{words}”", exact=True).click()
        expect(self.heading).to_have_text("Search")
        expect(self.page.get_by_role("textbox", name="Search your chats")).to_have_value(words)

    def go_to_search(self) -> None:
        """Go from the palette to the search page, without words."""
        self.expect_palette()
        self.go_to("Search")
        self.palette.get_by_role("option", name="Open the search page").click()
        expect(self.heading).to_have_text("Search")

    def vote(self, thumb: str) -> None:
        """On the last answer, "up" or "down"."""
        self._thumb(thumb).click()

    def expect_vote(self, thumb: str | None) -> None:
        for each in ("up", "down"):
            expect(self._thumb(each)).to_have_attribute("aria-checked", str(each == thumb).lower())

    def _thumb(self, thumb: str) -> Locator:
        return self.answer.get_by_test_id("stFeedback").get_by_role("radio").nth(("up", "down").index(thumb))

    def go_to(self, title: str) -> None:
        self.page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()

    def start_new_chat(self) -> None:
        self.go_to("New chat")
        # Text typed before the page has changed would be sent to the old chat.
        expect(self.heading).to_have_text("What would you like to know?")

    @property
    def box(self) -> Locator:
        return self.page.get_by_test_id("stChatInputTextArea")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def palette(self) -> Locator:
        return self.page.get_by_role("dialog", name="Search chats")

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("main").get_by_role("heading").first

    @property
    def messages(self) -> Locator:
        return self.page.get_by_test_id("stChatMessage")

    @property
    def answer(self) -> Locator:
        """The last message of the page."""
        return self.messages.last

    @property
    def links(self) -> Locator:
        """The links in the sidebar, New chat first, without Search and All chats."""
        return self.page.locator("[data-testid=stSidebarNavLink]:not([href$='/search'], [href$='/chats'])")

    @property
    def stop(self) -> Locator:
        return self.page.get_by_role("button", name="Stop")

    @property
    def path(self) -> str:
        href: str = self.page.evaluate("location.href")
        return urlsplit(href).path.strip("/")

    def expect_palette(self) -> None:
        """Expect that the palette can be opened: before, its key does nothing and its link opens the search page."""
        expect(self.page.locator("#lakechat-palette")).to_be_attached()

    def expect_text(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def is_below_header(self, shown: Locator) -> bool:
        """Whether the title of the chat, which stays at the top of the page, covers nothing of it."""
        header = self.page.locator(":has(> .st-key-chat-header)").last.bounding_box()
        box = shown.bounding_box()
        return bool(header and box and box["y"] >= header["y"] + header["height"])

    def expect_path(self, path: str) -> None:
        """Expect that the address leads there: it changes a moment after the page."""
        until(lambda: self.path == path)

    def expect_other_path(self, *paths: str) -> None:
        until(lambda: self.path not in paths)

    def expect_messages(self, *texts: str) -> None:
        """Expect exactly these messages in the open chat; each text may be a part of its message."""
        expect(self.messages).to_contain_text(list(texts))

    def expect_answered(self, questions: int = 1) -> None:
        """Expect so many questions, the last with a complete and saved answer."""
        expect(self.messages).to_have_count(2 * questions)
        expect(self.answer).to_contain_text("Saved")
        self.expect_idle()

    def expect_idle(self) -> None:
        """Expect no running answer. A question that was just asked may not have started yet."""
        expect(self.stop).to_have_count(0)
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def expect_at_rest(self) -> None:
        """Expect the end of a chat that was opened. Until then its buttons move, and a click would miss one."""
        self.expect_idle()
        expect(self.answer).to_be_in_viewport()

    def expect_place_kept(self) -> None:
        """Expect that the page no longer scrolls to a message or a box by itself, which moves its buttons too."""
        self.page.wait_for_function("document.querySelector('.stMain').isHeld === false")

    def _hear(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its server under the path of a deep link first: two harmless 404s.
        if message.type == "error" and PROBE not in str(message.location.get("url")):
            self.complaints.append(message.text)
