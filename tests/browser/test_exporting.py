"""Taking chats away from the page: the files that arrive, and the HTML in a browser without a network."""

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from lib.export.format import read_chat_file
from lib.identity import User
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

Visit = Callable[..., Person]
BOB = User("bob-takes@example.com", "bob-takes@example.com", "Bob", authenticated=True)
ANSWER = (
    "## By region\n\n| region | sum |\n|---|---:|\n| North | 12 |\n| =1+1 | 7 |\n\n"
    "<script>document.title = 'run'</script> ![x](https://evil.example/x.png) [docs](https://host.example/docs)\n\n"
    "```sql\nSELECT 1\n```\n"
)


def downloaded(person: Person, button: str, path: Path) -> Path:
    with person.page.expect_download() as download:
        person.dialog.get_by_role("button", name=button).click()
    file = path / download.value.suggested_filename
    download.value.save_as(file)
    return file


def opens_export(person: Person) -> None:
    person.choose("Export")
    expect(person.dialog.get_by_role("button", name="JSON")).to_be_visible()


@pytest.fixture
def ann(visit: Visit, seeded_chats: SeededChats, new_user: User) -> Person:
    return visit(str(seeded_chats.add(new_user, "Sales: North/2026", answer=ANSWER)))


def test_the_owner_takes_a_chat_away_in_each_format(ann: Person, tmp_path: Path) -> None:
    opens_export(ann)
    markdown = downloaded(ann, "Markdown", tmp_path)
    assert markdown.name == "Sales North 2026.md"
    assert "# Sales: North/2026" in markdown.read_text() and "| North | 12 |" in markdown.read_text()
    file = read_chat_file(downloaded(ann, "JSON", tmp_path).read_bytes())
    assert (file.chat.title, len(file.messages)) == ("Sales: North/2026", 2)
    csv = downloaded(ann, "CSV", tmp_path)
    assert csv.read_bytes() == b"\xef\xbb\xbfregion,sum\r\nNorth,12\r\n'=1+1,7\r\n"
    ann.dialog.get_by_role("button", name="Close").click()
    expect(ann.dialog).to_have_count(0)
    assert ann.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_html_opens_without_a_network_and_runs_nothing(
    ann: Person, chromium: Browser, scheme: str, tmp_path: Path
) -> None:
    opens_export(ann)
    file = downloaded(ann, "Web page", tmp_path)
    with chromium.new_context(offline=True, color_scheme=scheme, viewport={"width": 390, "height": 800}) as context:  # type: ignore[arg-type]
        page, asked, said = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        expect(page.get_by_role("heading", name="Sales: North/2026")).to_be_visible()
        expect(page.get_by_role("cell", name="North")).to_be_visible()
        expect(page.get_by_text("<script>document.title")).to_be_visible()
        expect(page.get_by_role("link", name="docs")).to_have_attribute("href", "https://host.example/docs")
        assert page.title() == "Sales: North/2026"
        assert (asked, said) == ([file.as_uri()], [])
        is_dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)"
        assert is_dark == (scheme == "dark")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_reader_takes_away_what_is_shared_with_them(ann: Person, visit: Visit, tmp_path: Path) -> None:
    ann.share()
    bob = visit(ann.path, user=BOB)
    bob.click("Export")
    expect(bob.dialog.get_by_role("button", name="Markdown")).to_be_visible()
    assert "Shared by: Ann" in downloaded(bob, "Markdown", tmp_path).read_text()
    assert bob.complaints == []


def test_all_chats_come_as_a_zip_from_the_status_page(
    visit: Visit, seeded_chats: SeededChats, new_user: User, tmp_path: Path
) -> None:
    for number in range(3):
        seeded_chats.add(new_user, f"Chat {number}", turns=2)
    ann = visit("status")
    with ann.page.expect_download() as download:
        ann.page.get_by_role("link", name="Export all my chats as JSON").click()
    download.value.save_as(tmp_path / "all.zip")
    with ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("manifest.json"))["chats"] == 3
    expect(ann.heading).to_have_text("Status")
    assert {url for url in ann.fetched if "/api/" in url} <= {
        f"{ann.url}/api/{path}" for path in ("export?format=json", "session")
    }
    assert ann.complaints == []
