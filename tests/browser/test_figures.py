"""Charts and diagrams that an agent writes, as a browser draws them."""

import json
import re
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from lib.identity import User
from tests.browser.agent import HeldAgent
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.waiting import until

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
