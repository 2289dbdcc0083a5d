"""How an agent's text reads in the real Streamlit, while it streams and when it is stored."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Route, expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.unit.ui.fragments import WRITTEN_AND_READ
from tests.waiting import until

Visit = Callable[..., Person]
# The text of the paragraphs, a formula as it was written, without the labels of buttons.
PARAGRAPHS = """
(answer) => [...answer.querySelectorAll("[data-testid=stMarkdownContainer] > p")].filter(
  (paragraph) => !paragraph.closest("button")
).map((paragraph) => {
  const copy = paragraph.cloneNode(true);
  for (const formula of copy.querySelectorAll(".katex"))
    formula.replaceWith(formula.querySelector("annotation").textContent);
  return copy.textContent.replace(/\\s+/g, " ").trim();
})
"""
# Of each paragraph, whether its text begins at the left edge and ends at the right one.
GAPS = """
(answer) => [...answer.querySelectorAll("[data-testid=stMarkdownContainer] > p")].slice(0, 2).map((paragraph) => {
  const range = document.createRange();
  range.selectNodeContents(paragraph);
  const [text, place] = [range.getBoundingClientRect(), paragraph.getBoundingClientRect()];
  return [text.left - place.left < 1, place.right - text.right < 1];
})
"""


def paragraphs(answer: Locator) -> list[str]:
    found: list[str] = answer.evaluate(PARAGRAPHS)
    return found


def test_every_markdown_fragment_reads_as_written_while_streaming_and_when_stored(
    ann: Person, agent: HeldAgent
) -> None:
    written = [f"x {each} y" for each, _ in WRITTEN_AND_READ]
    words = [" ".join(f"x {each} y".split()) for _, each in WRITTEN_AND_READ]
    middle = len(written) // 2
    held = agent.says("\n\n".join(written[:middle]), "\n\n" + "\n\n".join([*written[middle:], "The end"]), held_after=1)
    ann.ask("Write down everything that is difficult")
    # The blocks of an answer reach the page one after the other.
    until(lambda: paragraphs(ann.answer) == words[:middle])
    held.release_all()
    for _ in range(2):
        expect(ann.answer).to_contain_text("Saved")
        ann.expect_idle()
        assert paragraphs(ann.answer) == [*words, "The end"]
        ann.reload()
    assert ann.complaints == []


def test_a_paragraph_runs_in_the_direction_of_its_script(
    visit: Visit, seeded_chats: SeededChats, new_user: User
) -> None:
    answer = "From left to right.\n\nمن اليمين إلى اليسار."
    ann = visit(str(seeded_chats.add(new_user, "Directions", answer=answer)))
    expect(ann.answer).to_contain_text("From left")
    assert ann.answer.evaluate(GAPS) == [[True, False], [False, True]]


STATEMENT = {
    "manifest": {
        "schema": {"columns": [{"name": "n", "type_text": "INT"}, {"name": "said", "type_text": "STRING"}]},
        "total_row_count": 1_234,
    },
    "result": {"data_array": [[str(n), "=1+1" if n == 1_233 else "said"] for n in range(1_234)]},
}


def test_a_long_table_gives_its_row_count_and_its_csv_has_all_rows(
    ann: Person, agent: HeldAgent, tmp_path: Path
) -> None:
    arguments = {"query": {"match": "everything"}, "python_code": "print(1)", "statement": "SELECT n, said FROM t"}
    agent.streams(
        {"type": "function_call", "call_id": "1", "name": "run", "arguments": json.dumps(arguments)},
        {"type": "function_call_output", "call_id": "1", "output": json.dumps(STATEMENT)},
    )
    ann.ask("Everything, please")
    ann.expect_answered()
    for _ in range(2):
        ann.answer.get_by_text("Queried t · 1,234 rows").click()
        codes = ann.answer.get_by_test_id("stCode")
        expect(codes).to_contain_text(["print(1)", "SELECT n, said FROM t", '"match": "everything"'])
        expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
        ann.expect_text("Showing 1,000 of 1,234 rows.")
        # A click while the page is drawn again can miss the button.
        ann.expect_idle()
        with ann.page.expect_download() as download:
            ann.click("Download all 1,234 rows as CSV")
        download.value.save_as(tmp_path / "rows.csv")
        rows = (tmp_path / "rows.csv").read_text("utf-8-sig").splitlines()
        assert (len(rows), rows[0], rows[-1]) == (1_235, "n,said", "1233,'=1+1")
        ann.reload()
    assert ann.complaints == []


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
RED = f"data:image/png;base64,{PIXEL}"


def test_images_are_shown_or_mentioned_and_sources_are_named(ann: Person, agent: HeldAgent) -> None:
    files = [RED, "data:image/png;base64,AAAA", "https://evil.example/chart.png"]
    content = [
        {"type": "output_text", "text": "Look:", "annotations": [{"type": "file_citation", "filename": "a:b:c.pdf"}]},
        *({"type": "output_image", "image_url": url} for url in files),
    ]
    agent.streams({"type": "message", "id": "1", "role": "assistant", "content": content})
    ann.ask("Show me")
    for _ in range(2):
        expect(ann.answer).to_contain_text("Look:")
        expect(ann.answer.get_by_alt_text("Image")).to_have_attribute("src", RED)
        until(lambda: ann.answer.get_by_alt_text("Image").evaluate("(image) => image.naturalWidth") > 0)
        expect(ann.answer).to_contain_text("The agent sent an image that cannot be shown.")
        expect(ann.answer.get_by_role("link", name="Image: ")).to_have_attribute("href", files[2])
        expect(ann.answer).to_contain_text("1 source")
        expect(ann.answer.locator(".sources")).to_contain_text("a:b:c.pdf")
        ann.expect_idle()
        ann.reload()
    assert ann.complaints == [] and not any("evil" in url for url in ann.fetched)


NASTY = "revenue $5M to $10M :smile: raw:items[0] :red[x] :material/home: a -> b >= c :streamlit: 2*3*4 ~5 <x>.<y>"


def test_reasoning_titles_and_snippets_read_as_written(ann: Person, agent: HeldAgent) -> None:
    reasoning = {"type": "reasoning", "id": "1", "summary": [{"type": "summary_text", "text": NASTY}]}
    content = [{"type": "output_text", "text": f"{NASTY} `a:b:c`", "annotations": []}]
    agent.streams(reasoning, {"type": "message", "id": "2", "role": "assistant", "content": content})
    ann.ask("What is difficult?")
    ann.expect_answered()
    for _ in range(2):
        ann.answer.get_by_text("Thought about it").click()
        expect(ann.answer.get_by_text(NASTY)).to_have_count(2)
        ann.reload()
    title = ":smile: a:b:c $5 raw:items[0] -> :streamlit:"
    assert ann.context.request.patch(f"{ann.url}/api/chat/{ann.path}", data={"title": title}).ok
    ann.reload()
    expect(ann.heading).to_have_text(title)
    expect(ann.links.last).to_have_text(title)
    ann.search("revenue")
    expect(ann.page.get_by_role("main")).to_contain_text(NASTY)
    assert ann.complaints == []


def test_code_with_streamlit_markup_is_shown_verbatim(ann: Person, agent: HeldAgent) -> None:
    code = 'st.button("Go", icon=":material/home:")  # :smile: $5'
    held = agent.says(f"Write\n\n```python\n{code}\n", "```\n\nor `:material/home:`.", held_after=1)
    ann.ask("How do I draw a button?")
    expect(ann.answer.get_by_test_id("stCode")).to_have_text(code)
    held.release_all()
    for _ in range(2):
        expect(ann.answer.get_by_test_id("stCode")).to_have_text(code)
        expect(ann.answer).to_contain_text("or :material/home:.")
        ann.expect_idle()
        ann.reload()
    assert ann.complaints == []


def test_footnotes_are_at_the_end_while_streaming_and_when_stored(ann: Person, agent: HeldAgent) -> None:
    held = agent.says(
        "Claim[^1], other[^a].\n\n[^1]: Source.\n[^a]: Other.\n\n# More\n\nand ", "more.\n\nLast.", held_after=1
    )
    ann.ask("What is known?")
    expect(ann.answer).to_contain_text("Source.")
    assert paragraphs(ann.answer) == ["Claim¹, other[a].", "and", "¹ Source.", "[a] Other."]
    # Below the title of the chat, which is the heading of the page.
    expect(ann.answer.get_by_role("heading", name="More")).to_have_attribute("aria-level", "2")
    held.release_all()
    expect(ann.answer).to_contain_text("Saved")
    assert paragraphs(ann.answer) == ["Claim¹, other[a].", "and more.", "Last.", "¹ Source.", "[a] Other."]


def test_an_answer_and_its_table_are_copied_as_text_and_as_rich_text(ann: Person, agent: HeldAgent) -> None:
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    held: list[Route] = []
    ann.page.route("**/StreamlitSyntaxHighlighter*", lambda route: held.append(route))
    words = "It **costs** <i> $5, 50 % --> [more](https://a.example/?b=1&c=2):\n\n```sql\nSELECT 1 < 2\n```\n\n- $x^2$"
    rows = [{"region": "Alps", "said": "=1+1"}, {"region": "A\tB", "said": None}]
    agent.streams(
        {"type": "function_call", "call_id": "1", "name": "run", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": json.dumps(rows)},
        {"type": "message", "id": "1", "role": "assistant", "content": [{"type": "output_text", "text": words}]},
    )
    ann.ask("What does it cost?")
    ann.expect_answered()
    expect(ann.answer.get_by_test_id("stDataFrame")).to_be_visible()
    ann.click("Copy the answer")
    # It waits until the code is drawn.
    for route in held:
        route.continue_()
    expect(ann.answer.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    plain, rich = clipboard(ann)
    assert plain == words
    # As the browser writes it: <i> was no element.
    assert rich.split("\n") == [
        '<p>It <strong>costs</strong> &lt;i&gt; $5, 50 % --&gt; <a href="https://a.example/?b=1&amp;c=2">more</a>:</p>',
        "<pre><code>SELECT 1 &lt; 2</code></pre>",
        "<ul>",
        "<li>x^2</li>",
        "</ul>",
    ]
    ann.click("Copy the table")
    # A clipboard that changes while it is read raises an error.
    expect(ann.answer.locator(".copy:has([data-values]) [role=status]")).to_have_text("Copied")
    plain, rich = clipboard(ann)
    assert plain == "region\tsaid\nAlps\t'=1+1\nA B\t"
    assert "<tr><td>Alps</td><td>'=1+1</td></tr>" in rich
    assert ann.complaints == []


def test_an_earlier_answer_is_copied_too(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    """As the API has it, else as the page shows it. Earlier answers have no row of buttons."""
    said = "It **costs** 5:\n\n| a | b |\n| - | - |\n| 1 | 2 |"
    ann = visit(str(seeded_chats.add(new_user, "Costs", turns=4, answer=said)))
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    earlier = ann.messages.nth(1)
    copy, status = earlier.get_by_role("button", name="Copy the answer"), earlier.get_by_role("status")
    ann.expect_at_rest()
    copy.focus()
    ann.page.keyboard.press("Space")
    expect(status).to_have_text("Copied")
    text, rich = clipboard(ann)
    assert text == said
    assert "<strong>costs</strong>" in rich and "<td>2</td>" in rich
    expect(status).to_have_text("")
    ann.page.route("**/api/messages/**", lambda route: route.abort())
    ann.page.keyboard.press("Enter")
    expect(status).to_have_text("Copied")
    text, _ = clipboard(ann)
    assert text == "It costs 5:\n\na\tb\n1\t2"
    assert "#" not in ann.page.url


def test_a_wide_table_scrolls_inside_itself_on_a_phone(visit: Visit, seeded_chats: SeededChats, new_user: User) -> None:
    cells = [f"column{number}" for number in range(12)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (cells, ["---"] * 12, cells))
    ann = visit(str(seeded_chats.add(new_user, "Wide", answer=table)), viewport={"width": 390, "height": 800})
    shown = ann.answer.get_by_role("table")
    expect(shown).to_be_visible()
    until(lambda: shown.evaluate("table => table.scrollWidth > table.clientWidth"))
    until(lambda: shown.evaluate("table => table.getBoundingClientRect().right <= innerWidth"))


def clipboard(person: Person) -> tuple[str, str]:
    """Its plain and its rich text."""
    plain, rich = person.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          return Promise.all(["text/plain", "text/html"].map(async (type) => (await item.getType(type)).text()));
        }"""
    )
    return plain, rich
