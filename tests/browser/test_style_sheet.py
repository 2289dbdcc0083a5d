"""The page has the rules of the process that draws it, whatever happens to the first request for them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.person import Person

OTHER_RULES = ':root { --style-version: "other"; --link-color: red; }'
LINK = "link.lakechat-style"
ADDRESS = re.compile(r"/style\.css")
# The versions of the rules that the page has had so far.
WATCH = """
window.versions = [];
const look = () => {
  const app = document.querySelector("[data-testid=stApp]");
  const version = app && getComputedStyle(app).getPropertyValue("--style-version");
  if (app && version !== window.versions.at(-1)) window.versions.push(version);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

Answer = Callable[[Route], None]


def failed(route: Route) -> None:
    route.fulfill(status=502)


def cut(route: Route) -> None:
    route.abort()


def of_another_version(route: Route) -> None:
    route.fulfill(body=OTHER_RULES, content_type="text/css")


@pytest.mark.parametrize(("answer", "seen_before"), [(failed, [""]), (cut, [""]), (of_another_version, ['"other"'])])
def test_rules_that_did_not_come_are_asked_for_again(ann: Person, answer: Answer, seen_before: list[str]) -> None:
    """And those of another version, as they come while the app is deployed, stay until then."""
    answers = [answer] * 3
    ann.page.route(ADDRESS, lambda route: answers.pop()(route) if answers else route.continue_())
    ann.page.add_init_script(WATCH)
    ann.page.reload()
    address = ann.page.wait_for_function("window.lakechatPage?.style").json_value()
    present = f'"{address.partition("?")[2]}"'
    ann.page.wait_for_function("version => window.versions.at(-1) === version", arg=present)
    assert ann.page.evaluate("window.versions") == [*seen_before, present]
    expect(ann.page.locator(LINK)).to_have_count(1)
    assert not answers
