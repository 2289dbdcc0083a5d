"""Charts and diagrams that an agent writes as code."""

import json
from typing import Any

import pytest

from lib.db.database import Database
from lib.messages.parts import Reasoning, Text
from tests.app.conftest import Opened
from tests.app.test_main import stored_answers
from tests.conftest import ANN

BARS = {
    "title": "Sales",
    "data": {"values": [{"region": "Alps", "n": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "region", "type": "nominal"}, "y": {"field": "n", "type": "quantitative"}},
}
FIGURE = {"data": [{"type": "bar", "x": ["Alps"], "y": [1]}], "layout": {"title": "Sold"}}
DIAGRAM = "graph TD\n  A --> B"


def fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"


def test_each_kind_is_drawn_with_its_source_between_the_words(opened: Opened, database: Database) -> None:
    codes = [json.dumps(BARS, indent=1), json.dumps(FIGURE, indent=1), DIAGRAM]
    blocks = [fenced(*each) for each in zip(("vega-lite", "json", "mermaid"), codes, strict=True)]
    page = opened(str(stored_answers(database, ANN, "Figures", [Text("\n\n".join(["Before", *blocks, "After"]))])))
    assert not page.exception
    assert [chart.proto.alt for chart in page.get("vega_lite_chart")] == ["Sales", "Sold"]
    before, diagram, after = (each.value for each in page.chat_message[1].markdown)
    assert before.strip() == "Before" and after.strip().startswith("After")
    assert "mermaid" in diagram and DIAGRAM in diagram
    sources = [each for each in page.expander if each.label == "Show source"]
    assert [each.code[0].value for each in sources] == codes


@pytest.mark.parametrize(
    ("language", "spec", "reason"),
    [
        ("vega-lite", BARS | {"data": {"url": "https://evil.example/x.csv"}}, "Its data are elsewhere."),
        ("plotly", {"data": [{"type": "choropleth"}]}, "Figures of this kind are not drawn here: choropleth."),
    ],
)
def test_what_is_not_drawn_is_shown_as_code_with_the_reason(
    opened: Opened, database: Database, language: str, spec: Any, reason: str
) -> None:
    code = json.dumps(spec)
    page = opened(str(stored_answers(database, ANN, "Refused", [Text(fenced(language, code))])))
    assert not page.exception and not page.get("vega_lite_chart")
    assert (page.code[0].value, page.code[0].language) == (code, "json")
    assert f"This is not drawn. {reason}" in [each.value.replace("\\", "") for each in page.caption]


def test_reasoning_stays_code(opened: Opened, database: Database) -> None:
    parts = [Reasoning(fenced("vega-lite", json.dumps(BARS))), Text("So be it.")]
    page = opened(str(stored_answers(database, ANN, "Thoughts", parts)))
    assert not page.exception and not page.get("vega_lite_chart")
    assert page.code[0].value == json.dumps(BARS)
