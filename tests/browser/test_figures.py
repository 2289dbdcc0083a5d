"""Charts and diagrams that an agent writes, as a browser draws them."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import HeldAgent, looked_up
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.waiting import until

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
BARS = {
    "title": "Sales",
    "data": {"values": [{"region": "Alps", "n": 1}, {"region": "Iberia", "n": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "region", "type": "nominal"}, "y": {"field": "n", "type": "quantitative"}},
}
FIGURE = {"data": [{"type": "pie", "labels": ["Alps", "Iberia"], "values": [1, 2]}], "layout": {"title": "Shares"}}
DIAGRAM = "graph TD\n  A[Start] --> B[End]"
# A diagram is an image whose source the page alone knows.
KEEP_DRAWN = """
window.drawn = new Map();
const createObjectURL = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  const url = createObjectURL(blob);
  window.drawn.set(url, blob.text());
  return url;
};
"""
REMOTE = BARS | {"data": {"url": "https://evil.example/rows.csv"}}


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"


def steps(ann: Person, seeded_chats: SeededChats, user: User, direction: str) -> Locator:
    """A diagram of thirteen steps: "TD" draws them below each other, "LR" beside each other."""
    arrows = "\n".join(f"  S{step}[Step {step}] --> S{step + 1}[Step {step + 1}]" for step in range(12))
    ann.open(str(seeded_chats.add(user, "Steps", answer=fenced("mermaid", f"graph {direction}\n{arrows}"))))
    diagram = ann.answer.get_by_test_id("stMermaidChart")
    expect(diagram.get_by_role("img")).to_be_visible()
    return diagram


def test_a_high_diagram_scrolls_inside_itself(ann: Person, seeded_chats: SeededChats, new_user: User) -> None:
    diagram = steps(ann, seeded_chats, new_user, "TD")
    until(lambda: diagram.evaluate("box => box.scrollHeight > box.clientHeight + 100 && box.tabIndex === 0"))
    assert (diagram.bounding_box() or {})["height"] <= 512


def test_a_very_wide_diagram_keeps_its_size(ann: Person, seeded_chats: SeededChats, new_user: User) -> None:
    diagram = steps(ann, seeded_chats, new_user, "LR")
    until(lambda: diagram.evaluate("box => box.scrollWidth >= box.querySelector('img').naturalWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_slices_of_a_pie_have_the_colours_of_charts(
    visit: Callable[..., Person], seeded_chats: SeededChats, new_user: User, scheme: str
) -> None:
    slices = "\n".join(f'  "{name}" : {size}' for name, size in {"Alps": 5, "Iberia": 4, "Benelux": 3}.items())
    chat = seeded_chats.add(new_user, "Shares", answer=fenced("mermaid", f"pie\n{slices}"))
    ann = visit(color_scheme=scheme)
    ann.page.add_init_script(KEEP_DRAWN)
    ann.open(str(chat))
    pie = ann.answer.get_by_test_id("stMermaidChart").get_by_role("img")
    expect(pie).to_be_visible()
    drawn = pie.evaluate("async (img) => await window.drawn.get(img.src)")
    colors = tomllib.loads(CONFIG.read_text())["theme"][scheme]["chartCategoricalColors"]
    found = re.findall(r'class="pieCircle"[^>]*fill="([^"]+)"|fill="([^"]+)"[^>]*class="pieCircle"', drawn)
    assert [first or second for first, second in found] == colors[:3]


def test_the_months_below_a_chart_lie_where_they_fit(ann: Person, agent: HeldAgent) -> None:
    rows = [{"month": f"2026-0{month}", "region": region, "n": month} for month in (1, 2, 3) for region in ("A", "B")]
    agent.streams(*looked_up(rows))
    ann.ask("By month and region?")
    ann.expect_answered()
    ann.answer.get_by_role("radio", name="Stacked").click()
    month = ann.answer.get_by_test_id("stVegaLiteChart").get_by_text("2026-02", exact=True)
    expect(month).to_be_visible()
    assert "rotate" not in (month.get_attribute("transform") or "")


def test_figures_are_drawn_when_they_are_whole_and_reach_no_other_host(ann: Person, agent: HeldAgent) -> None:
    bars, rest = json.dumps(BARS), [fenced("json", json.dumps(FIGURE)), fenced("mermaid", DIAGRAM)]
    broken = [fenced("vega-lite", json.dumps(REMOTE)), fenced("mermaid", "graph TD\n  A[[[ --> ]]")]
    held = agent.says(
        f"Look:\n\n```vega-lite\n{bars[:60]}",
        f"{bars[60:]}\n```\n\nAnd ",
        "\n\n".join(["more.", *rest, *broken]),
        held_after=1,
    )
    ann.ask("Draw everything")
    expect(ann.answer).to_contain_text("Preparing a figure…")
    expect(ann.answer).not_to_contain_text("Alps")
    held.release_all()
    for _ in range(2):
        ann.expect_answered()
        for name in ("Sales", "Shares"):
            chart = ann.answer.locator(f"[role=graphics-document][aria-label='{name}'] > svg")
            expect(chart).to_be_visible()
        diagram = ann.answer.get_by_role("img", name="Mermaid flowchart")
        expect(diagram).to_have_attribute("src", re.compile("^blob:"))
        expect(ann.answer).to_contain_text("This is not drawn. Its data are elsewhere.")
        expect(ann.answer.get_by_test_id("stCode").filter(has_text="A[[[", visible=True)).to_have_count(1)
        # Mermaid's own words are for whoever wrote the diagram.
        mended = ann.answer.get_by_test_id("stMermaidError")
        expect(mended).to_have_css("visibility", "hidden")
        assert "This diagram is broken" in mended.evaluate("(box) => getComputedStyle(box, '::before').content")
        sources = ann.answer.get_by_text("Show source", exact=True).filter(visible=True)
        expect(sources).to_have_count(3)
        sources.first.click()
        expect(ann.answer.get_by_text(bars, exact=True)).to_be_visible()
        ann.reload()
    assert ann.complaints == []
    hosts = {urlsplit(url).netloc for url in ann.fetched if url.startswith("http")}
    assert hosts == {urlsplit(ann.url).netloc}
