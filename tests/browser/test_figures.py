"""Charts and diagrams that an agent writes, as a browser draws them."""

import json
import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.agent import HeldAgent
from tests.browser.person import Person

BARS = {
    "title": "Sales",
    "data": {"values": [{"region": "Alps", "n": 1}, {"region": "Iberia", "n": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "region", "type": "nominal"}, "y": {"field": "n", "type": "quantitative"}},
}
FIGURE = {"data": [{"type": "pie", "labels": ["Alps", "Iberia"], "values": [1, 2]}], "layout": {"title": "Shares"}}
DIAGRAM = "graph TD\n  A[Start] --> B[End]"
REMOTE = BARS | {"data": {"url": "https://evil.example/rows.csv"}}


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"


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
        sources = ann.answer.get_by_text("Show source", exact=True).filter(visible=True)
        expect(sources).to_have_count(3)
        sources.first.click()
        expect(ann.answer.get_by_text(bars, exact=True)).to_be_visible()
        ann.reload()
    assert ann.complaints == []
    hosts = {urlsplit(url).netloc for url in ann.fetched if url.startswith("http")}
    assert hosts == {urlsplit(ann.url).netloc}
