"""Tests take turns in a browser context, so nothing of a person may be left in it for the next."""

from playwright.sync_api import Browser

from lib.identity import User
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.contexts import Contexts

LEAVE = """
async () => {
  document.cookie = "left=1; Path=/";
  localStorage.left = sessionStorage.left = "1";
  await (await caches.open("left")).put("/left", new Response("1"));
  await new Promise((done) => (indexedDB.open("left").onsuccess = done));
}
"""
FOUND = """
async () => [
  document.cookie, Object.keys(localStorage), Object.keys(sessionStorage), await caches.keys(),
  await indexedDB.databases(), (await navigator.permissions.query({ name: "clipboard-read" })).state,
]
"""


def test_the_next_person_finds_nothing_of_the_last_and_is_somebody_else(
    chromium: Browser, app_url: str, new_user: User
) -> None:
    with Contexts(chromium, TIMEOUT_MS) as contexts:
        with contexts.taken(app_url, {"X-Forwarded-Email": "last@example.com"}) as (context, proxy):
            page = context.new_page()
            page.goto(f"{proxy.url}/api/health")
            nothing = page.evaluate(FOUND)
            page.evaluate(LEAVE)
            context.grant_permissions(["clipboard-read"])
            assert page.evaluate(FOUND) != nothing
            proxy.shut()
        with contexts.taken(app_url, {"X-Forwarded-Email": new_user.id}) as (again, same_proxy):
            assert (again, same_proxy) == (context, proxy)
            page = again.new_page()
            page.goto(f"{proxy.url}/api/health")
            assert page.evaluate(FOUND) == nothing
            assert again.request.get(f"{proxy.url}/api/session").json()["user"]["email"] == new_user.id
