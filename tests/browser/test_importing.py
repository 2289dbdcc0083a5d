"""Bringing chats back on the page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.person import Person
from tests.waiting import until

Visit = Callable[..., Person]


def chatgpt(title: str) -> dict[str, Any]:
    question = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["How much?"]}}
    return {"id": title, "title": title, "mapping": {"q": {"parent": None, "message": question}}}


def file_of(*documents: Any) -> FilePayload:
    return {"name": "conversations.json", "mimeType": "application/json", "buffer": json.dumps(documents).encode()}


def imports(person: Person, file: FilePayload) -> None:
    page = person.page
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    expect(page.get_by_text("conversations.json")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_chats_of_a_file_appear_in_the_sidebar_and_the_result_is_told(visit: Visit, scheme: str, width: int) -> None:
    person = visit("status", color_scheme=scheme, viewport={"width": width, "height": 900})
    imports(person, file_of(chatgpt("Sales of *March*"), {"of": "another kind"}))
    expect(person.page.get_by_text("1 chat was imported.")).to_be_visible()
    person.page.get_by_text("What could not be taken").click()
    expect(person.page.get_by_text("This is not a chat of Lakechat")).to_be_visible()
    until(lambda: person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
    if width > 1000:
        expect(person.page.get_by_role("link", name="Sales of *March*")).to_be_visible()
    imports(person, file_of(chatgpt("Sales of *March*")))
    expect(person.page.get_by_text("No chats were imported. 1 chat was here already.")).to_be_visible()
    assert person.complaints == []


def test_a_file_of_another_kind_is_refused_in_words(visit: Visit) -> None:
    person = visit("status")
    person.page.get_by_role("button", name="Import", exact=True).click()
    expect(person.page.get_by_text("Choose a file first.")).to_be_visible()
    imports(person, {"name": "conversations.json", "mimeType": "application/json", "buffer": b"<html>"})
    expect(person.page.get_by_text("it is broken, or of another kind")).to_be_visible()
    assert person.complaints == []
