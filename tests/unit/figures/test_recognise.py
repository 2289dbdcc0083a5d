"""Which blocks of code are figures, and that none of them breaks the page."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.figures.bounded_json import MAX_CHARS
from lib.figures.figure import Chart, Diagram, Refused
from lib.figures.recognise import kind_of, read_figure

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
BARS: dict[str, Any] = {
    "data": {"values": [{"region": "Alps", "n": 1}, {"region": "Iberia", "n": 2.5}]},
    "transform": [{"calculate": "datum.n * 2", "as": "twice"}],
    "mark": {"type": "bar", "tooltip": True},
    "encoding": {"x": {"field": "region", "type": "nominal"}, "y": {"field": "twice", "type": "quantitative"}},
}
FIGURE: dict[str, Any] = {
    "data": [{"type": "bar", "name": "Sold", "x": ["Alps", "Iberia"], "y": [1, 2.5], "marker": {"size": [1, 2]}}],
    "layout": {"title": {"text": "Sold"}, "xaxis": {"title": "Region"}},
}


@pytest.mark.parametrize(
    ("language", "code", "kind"),
    [
        ("vega-lite", "{}", "vega-lite"),
        (" VegaLite", "{}", "vega-lite"),
        ("vega_lite title=x", "{}", "vega-lite"),
        ("plotly", "{}", "plotly"),
        ("mermaid", "graph", "mermaid"),
        ("mermaid{init}", "graph", "mermaid"),
        ("&#109;ermaid", "graph", "mermaid"),
        ("json", json.dumps({"$schema": SCHEMA}), "vega-lite"),
        ("json", json.dumps(FIGURE), "json"),
        ("json", '{"data": []}', None),
        ("python", json.dumps({"$schema": SCHEMA}), None),
        ("", json.dumps(BARS), None),
        ("sql", "SELECT 1", None),
    ],
)
def test_a_figure_is_known_by_the_word_behind_the_fence_or_by_its_content(
    language: str, code: str, kind: str | None
) -> None:
    assert kind_of(language, code) == kind


def test_each_kind_is_read() -> None:
    assert isinstance(read_figure("vega-lite", json.dumps(BARS)), Chart)
    assert isinstance(read_figure("json", json.dumps(BARS | {"$schema": SCHEMA})), Chart)
    assert isinstance(read_figure("plotly", json.dumps(FIGURE)), Chart)
    assert isinstance(read_figure("json", json.dumps(FIGURE, indent=2)), Chart)
    assert isinstance(read_figure("mermaid", "graph TD\n  A --> B"), Diagram)


@pytest.mark.parametrize(
    "value",
    [{"data": [], "layout": {}}, {"data": [{"x": 1}], "layout": {}}, {"data": [1], "layout": {}}, ["data", "layout"]],
)
def test_json_that_is_no_figure_stays_code(value: Any) -> None:
    assert read_figure("json", json.dumps(value)) is None
    assert read_figure("json", '{"data": "layout"') is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "It is not complete, valid JSON."),
        ('{"mark": "bar"', "It is not complete, valid JSON."),
        ("[1]", "It is not an object."),
        ("1" * 5_000, "It is not an object."),
        (" " * MAX_CHARS + "{}", "It has more than 100,000 characters."),
        ("[" * 40 + "]" * 40, "It is nested too deeply."),
        ("[" * 50_000, "It is not complete, valid JSON."),
    ],
)
def test_broken_and_huge_json_is_refused(code: str, reason: str) -> None:
    assert read_figure("vega-lite", code) == Refused(reason)


def test_numbers_that_are_none_become_missing() -> None:
    chart = read_figure("vega-lite", json.dumps(BARS).replace("2.5", "1e999").replace('"n": 1}', '"n": NaN}'))
    assert isinstance(chart, Chart)
    assert [row["n"] for row in chart.spec["data"]["values"]] == [None, None]


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in inner for path in paths(each, (*at, key)))]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "bar", "x", "url(", "datum.x", "field"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["field", "row", "step", "type"]), inner)
    ),
    max_leaves=4,
)


@given(st.data(), st.sampled_from(["vega-lite", "plotly"]))
def test_whatever_stands_anywhere_in_a_figure_it_is_drawn_or_refused(data: st.DataObject, language: str) -> None:
    whole: Any = [copy.deepcopy(BARS if language == "vega-lite" else FIGURE)]
    *way, last = data.draw(st.sampled_from(paths(whole)[1:]))
    place = whole
    for step in way:
        place = place[step]
    place[last] = data.draw(JSON)
    figure = read_figure(language, json.dumps(whole[0]))
    assert isinstance(figure, Chart | Refused)
    if isinstance(figure, Chart):
        json.dumps(figure.spec, allow_nan=False)
