"""Somebody in front of the app: what they do and what they see."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

PROBE = "/_stcore/"


class Person:
    """One browser tab. `complaints` are the errors in its console, `fetched` the addresses that it asked for."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
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
        return Person(self.context, self.url).open(path)

    def reload(self) -> None:
        self.page.reload()

    def ask(self, question: str) -> None:
        self.box.fill(question)
        self.box.press("Enter")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, action: str) -> None:
        """From the open chat's menu."""
        self.page.get_by_test_id("stMenuButton").get_by_role("button").click()
        self.page.get_by_role("menuitem", name=action).or_(self.page.get_by_role("option", name=action)).click()

    def go_to(self, title: str) -> None:
        self.links.filter(has_text=title).click()

    @property
    def box(self) -> Locator:
        return self.page.get_by_test_id("stChatInputTextArea")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_test_id("stChatMessage")

    @property
    def answer(self) -> Locator:
        """The last message of the page."""
        return self.messages.last

    @property
    def links(self) -> Locator:
        """The pages in the sidebar, New chat first."""
        return self.page.get_by_test_id("stSidebarNavLink")

    @property
    def stop(self) -> Locator:
        return self.page.get_by_role("button", name="Stop")

    @property
    def path(self) -> str:
        href: str = self.page.evaluate("location.href")
        return urlsplit(href).path.strip("/")

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def reads(self, *texts: str) -> None:
        """The messages of the open chat are these, whole or in part, and no others."""
        expect(self.messages).to_contain_text(list(texts))

    def is_at_rest(self) -> None:
        """No answer is being written in the open chat."""
        expect(self.stop).to_have_count(0)
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def _hear(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its server under the path of a deep link first: two harmless 404s.
        if message.type == "error" and PROBE not in str(message.location.get("url")):
            self.complaints.append(message.text)
