"""axe, which looks for what keeps people with disabilities from using a page, finds nothing on any page."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

BOB = User("bob-reads@example.com", "bob-reads@example.com", "Bob", authenticated=True)
PAGES = ("search", "search?q=region", "chats", "status", "insights", "temporary", "nothing-is-here")
DIALOGS = ("Rename", "Export", "Share")
WIDE_TABLE = "\n".join("|".join(row) for row in (["column_name"] * 20, ["---"] * 20, ["1234567890"] * 20))
ANSWER = f"""\
- [x] done
- [ ] to do

{WIDE_TABLE}

"""
CODE = """\
```sql
SELECT region, sum(amount) AS "total" FROM main.sales WHERE sold_on >= '2026-07-01' AND amount > 0.5 -- this quarter
```
```python
@cached
def label(row: dict[str, int]) -> str:
    return f"{row['n']:,}" if row and not row.get(None) else ""  # no name
```
```html
<a href="https://host.example" class="wide">Amount &amp; region</a>
```
```css
@media print { a:hover { color: #123 !important; width: 50%; background: url("a.png") } }
```
```diff
-SELECT 1
+SELECT 2
```
"""


def findings(person: Person) -> list[str]:
    """What axe complains of, with the element. It waits for the end of fades, in which nothing has contrast."""
    person.page.wait_for_function("document.getAnimations().every((each) => each.playState !== 'running')")
    violations = Axe().run(person.page).response["violations"]
    return [f"{found['id']}: {node['html'][:200]} {_why(node)}" for found in violations for node in found["nodes"]]


def _why(node: Any) -> str:
    return "; ".join(check["message"] for check in node["any"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    visit: Callable[..., Person], seeded_chats: SeededChats, new_user: User, scheme: str
) -> None:
    ann = visit(color_scheme=scheme)
    found = {"new chat": findings(ann)}
    ann.ask("Which region sold most last quarter?")
    ann.expect_answered()
    ann.answer.get_by_text("Queried sales").click()
    expect(ann.answer.get_by_text("SELECT").first).to_be_visible()
    ann.answer.get_by_role("radio", name="Bars").click()
    expect(ann.answer.get_by_test_id("stVegaLiteChart").locator("svg")).to_be_visible()
    found["chat"] = findings(ann)
    chat = ann.path
    for name in DIALOGS:
        ann.choose(name)
        expect(ann.dialog).to_be_visible()
        found[name] = findings(ann)
        ann.page.keyboard.press("Escape")
        expect(ann.dialog).to_have_count(0)
    ann.page.get_by_role("button", name="What to do with “").first.click()
    expect(ann.page.get_by_role("menuitem")).to_have_count(6)
    found["menu of a row"] = findings(ann)
    ann.page.keyboard.press("Escape")
    ann.share()
    ann.open(chat)
    ann.expect_palette()
    ann.go_to("Search")
    expect(ann.palette).to_be_visible()
    found["palette"] = findings(ann)
    code = str(seeded_chats.add(new_user, "Code", turns=4, answer=ANSWER + CODE))
    for path in (*PAGES, code):
        ann.open(path)
        if path == code:
            expect(ann.answer.get_by_test_id("stCode")).to_have_count(5)
        found[path] = findings(ann)
    reader = visit(chat, user=BOB, color_scheme=scheme)
    expect(reader.answer).to_be_visible()
    found["shared"] = findings(reader)
    assert {name: each for name, each in found.items() if each} == {}


def test_a_screen_reader_is_told_that_an_answer_begins_and_ends_and_who_speaks(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("It was ", "the Nordics.", held_after=1)
    announced = ann.page.locator(".announced[role=status]")
    expect(announced).to_be_empty()
    ann.ask("Which region sold most?")
    expect(announced).to_have_text("The answer is being written.")
    held.release_all()
    expect(announced).to_have_text("The answer has ended.")
    said_by = [ann.page.get_by_role("group", name=f"Chat message from {who}") for who in ("user", "assistant")]
    expect(said_by[0]).to_contain_text("Which region sold most?")
    expect(said_by[1]).to_contain_text("It was the Nordics.")
    ann.start_new_chat()
    expect(announced).to_be_empty()
