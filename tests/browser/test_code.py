"""Blocks of code in an answer: their language, the numbers of their lines, and long lines."""

from playwright.sync_api import Locator, expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.test_accessibility import findings

LONG_LINE = f"SELECT {', '.join(f'column_{number}' for number in range(60))}"
ANSWER = f"```sql\n{LONG_LINE}\n  FROM sales\n WHERE true\n LIMIT 5\n```\n\nAnd\n\n```\none line\n```\n"
BEFORE = "(element) => getComputedStyle(element, '::before').content"


def shown_before(element: Locator) -> str:
    return str(element.evaluate(BEFORE))


def test_code_names_its_language_numbers_its_lines_and_wraps_them_on_demand(ann: Person, agent: HeldAgent) -> None:
    agent.says(ANSWER)
    ann.ask("Show me the SQL")
    ann.expect_answered()
    blocks = ann.answer.get_by_test_id("stCode")
    long, short = blocks.nth(0), blocks.nth(1)
    expect(long).to_have_attribute("data-language", "sql")
    assert shown_before(long) == '"sql"' and shown_before(short) == '""'
    numbers, code = long.locator("pre > div"), long.locator("code")
    assert shown_before(numbers).startswith('"1\\a 2\\a 3\\a 4"')
    assert shown_before(short.locator("pre > div")) in ("none", '"" / ""', '""')
    expect(code).to_have_text(ANSWER.split("```")[1].removeprefix("sql\n").rstrip("\n"), use_inner_text=True)
    assert findings(ann) == []
    is_cut = "(element) => element.scrollWidth > element.clientWidth"
    assert long.locator("pre").evaluate(is_cut)
    wrap = long.get_by_role("button", name="Wrap lines")
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "true")
    assert not long.locator("pre").evaluate(is_cut) and shown_before(numbers) == "none"
    wrap.press("Enter")
    assert long.locator("pre").evaluate(is_cut)


def test_the_numbers_follow_code_that_is_being_written(ann: Person, agent: HeldAgent) -> None:
    held = agent.says("```python\na = 1\nb = 2\nc = 3\nd = 4\n", "e = 5\nf = 6\n```\n", held_after=1)
    ann.ask("Write it")
    numbered = ann.answer.get_by_test_id("stCode").locator("pre > div")
    expect(numbered).to_have_attribute("data-lines", "1\n2\n3\n4")
    held.release_all()
    expect(numbered).to_have_attribute("data-lines", "1\n2\n3\n4\n5\n6")
