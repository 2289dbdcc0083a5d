"""Plotly's figures as Vega-Lite, whose grammar altair knows."""

import array
import base64
import json
from typing import Any

import altair
import pytest

from lib.figures.figure import Chart, NotDrawn
from lib.figures.plotly import from_plotly

MONTHS = ["Jan", "Feb", "Mar"]


def drawn(*traces: dict[str, Any], **layout: Any) -> dict[str, Any]:
    spec = chart(*traces, **layout).spec
    altair.Chart.from_dict(json.loads(json.dumps(spec, allow_nan=False)))
    return spec


def chart(*traces: dict[str, Any], **layout: Any) -> Chart:
    return from_plotly({"data": list(traces), "layout": layout})


def rows(spec: dict[str, Any], *names: str) -> list[list[tuple[Any, ...]]]:
    """Of each layer, these columns."""
    layers = spec.get("layer", [spec])
    return [[tuple(row[name] for name in names) for row in layer["data"]["values"]] for layer in layers]


def marks(spec: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in spec["layer"]]


def test_bars_stand_beside_each_other_in_the_order_of_the_figure() -> None:
    spec = drawn(
        {"type": "bar", "name": "2025", "x": MONTHS, "y": [3, 4, 2]},
        {"type": "bar", "name": "2026", "x": MONTHS, "y": [4, 5, None]},
        title={"text": "<b>Sold</b> by month"},
        yaxis={"title": "EUR"},
    )
    assert marks(spec) == ["bar"]
    assert rows(spec, "x", "y", "series")[0][::3] == [("Jan", 3, "2025"), ("Jan", 4, "2026")]
    assert spec["layer"][0]["encoding"] == {"xOffset": {"field": "series", "sort": None}}
    assert (spec["encoding"]["x"]["sort"], spec["encoding"]["y"]["title"]) == (None, "EUR")
    assert spec["encoding"]["color"]["scale"] == {"domain": ["2025", "2026"]}
    assert spec["title"] == "Sold by month"


def test_bars_are_stacked_with_a_line_over_them() -> None:
    bar = {"type": "bar", "x": MONTHS, "y": [1, 2, 3]}
    line = {"type": "scatter", "name": "Target", "x": MONTHS, "y": [9, 9, 9], "mode": "lines"}
    spec = drawn(bar, bar, line, barmode="stack")
    assert marks(spec) == ["bar", "line"]
    assert spec["layer"][0]["encoding"]["y"]["stack"] == "zero"
    assert spec["encoding"]["color"]["scale"]["domain"] == ["trace 0", "trace 1", "Target"]


def test_lying_bars_have_their_names_on_the_left() -> None:
    spec = drawn({"type": "bar", "orientation": "h", "y": ["Alps"], "x": [3]})
    assert rows(spec, "x", "y") == [[("Alps", 3)]]
    assert (spec["encoding"]["y"]["field"], spec["encoding"]["x"]["field"]) == ("x", "y")


def test_dates_are_shown_as_they_are_written() -> None:
    spec = drawn({"type": "scatter", "x": ["1970-01-01", "1970-01-02T00:00:00+05:00"], "y": [1, 2], "fill": "tozeroy"})
    assert marks(spec) == ["area"] and rows(spec, "x") == [[(0,), (86_400_000,)]]
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}


def test_a_line_without_places_and_with_packed_numbers() -> None:
    packed = {"dtype": "f8", "bdata": base64.b64encode(array.array("d", [1.5, float("nan")]).tobytes()).decode()}
    spec = drawn({"y": packed})
    assert marks(spec) == ["line", "point"] and rows(spec, "x", "y")[0] == [(0, 1.5), (1, None)]


def test_points_have_the_sizes_of_their_markers() -> None:
    spec = drawn({"type": "scattergl", "mode": "markers", "x": [1, 2], "y": [3, 4], "marker": {"size": [5, 6]}})
    assert marks(spec) == ["point"] and rows(spec, "size") == [[(5,), (6,)]]
    assert spec["layer"][0]["encoding"]["size"]["field"] == "size"


def test_a_pie_with_a_hole() -> None:
    spec = drawn({"type": "pie", "labels": ["a", "b"], "values": [1, 2], "hole": 0.4})
    assert rows(spec, "label", "value") == [[("a", 1), ("b", 2)]]
    assert spec["mark"]["innerRadius"] == {"expr": "min(width, height) / 2 * 0.40"}


def test_a_histogram_of_numbers_and_of_words() -> None:
    assert drawn({"type": "histogram", "x": [1, 2], "nbinsx": 1e9})["encoding"]["x"]["bin"] == {"maxbins": 100}
    assert drawn({"type": "histogram", "y": ["a", "b"]})["encoding"]["y"]["type"] == "nominal"


def test_a_heat_map_and_boxes() -> None:
    spec = drawn({"type": "heatmap", "z": [[1, 2], [3, 4]], "x": ["a", "b"]})
    assert rows(spec, "x", "y", "z") == [[("a", 0, 1), ("b", 0, 2), ("a", 1, 3), ("b", 1, 4)]]
    spec = drawn({"type": "box", "name": "A", "y": [1, 2]}, {"type": "box", "x": ["B", "C"], "y": [3, 4]})
    assert rows(spec, "x", "y") == [[("A", 1), ("A", 2), ("B", 3), ("C", 4)]]


def test_a_hidden_trace_is_not_drawn() -> None:
    spec = drawn({"y": [1], "visible": "legendonly"}, {"y": [2], "name": "b"})
    assert rows(spec, "y", "series")[0] == [(2, "b")]


BAR = {"type": "bar", "x": ["a"], "y": [1]}


@pytest.mark.parametrize(
    "figure",
    [
        {},
        [],
        5,
        {"data": []},
        {"data": [5]},
        {"data": [BAR | {"visible": False}]},
        {"data": [{"type": "choropleth", "locations": ["DEU"], "z": [1]}]},
        {"data": [{"type": "scattermapbox", "lat": [1], "lon": [1]}]},
        {"data": [{"type": "scatter3d", "x": [1], "y": [1], "z": [1]}]},
        {"data": [{"type": "image", "source": "https://evil.example/x.png"}]},
        {"data": [BAR, {"type": "pie", "labels": ["a"], "values": [1]}]},
        {"data": [{"type": "pie", "labels": ["a"], "values": [1]}] * 2},
        {"data": [BAR | {"yaxis": "y2"}]},
        {"data": [BAR | {"error_y": {"array": [1]}}]},
        {"data": [BAR | {"base": [1]}]},
        {"data": [BAR | {"x": [["a"], ["b"]]}]},
        {"data": [BAR | {"x": "abc"}]},
        {"data": [BAR | {"y": {"dtype": "f8", "bdata": "!"}}]},
        {"data": [BAR | {"y": {"dtype": "f8", "bdata": "AAA="}}]},
        {"data": [BAR | {"y": {"dtype": "x", "bdata": ""}}]},
        {"data": [BAR, BAR | {"orientation": "h"}]},
        {"data": [{"type": "bar", "x": ["a"]}]},
        {"data": [{"type": "pie", "values": [1]}]},
        {"data": [{"type": "heatmap", "z": [1]}]},
        {"data": [BAR], "layout": {"yaxis": {"type": "log"}}},
        {"data": [{"type": "bar", "x": list(range(5_001)), "y": list(range(5_001))}]},
        {"data": [{"type": "bar", "x": list(range(501)), "y": list(range(501))}]},
        {"data": [{"type": "heatmap", "z": [[1] * 100] * 51}]},
    ],
    ids=lambda figure: json.dumps(figure)[:80],
)
def test_what_would_be_wrong_or_too_much_is_refused(figure: Any) -> None:
    with pytest.raises(NotDrawn, match=r"^\w"):
        from_plotly(figure)


def test_addresses_and_html_do_not_get_into_the_chart() -> None:
    evil = "https://evil.example"
    looks = {"images": [{"source": evil}], "font": {"family": f"url({evil})"}, "mapbox": {"style": evil}}
    trace = BAR | {"name": f"<a href='{evil}'>2026</a>", "hovertemplate": f"<img src={evil}>", "customdata": [evil]}
    assert "evil" not in json.dumps(drawn(trace, BAR, **looks, title={"text": f"<a href='{evil}'>Sold</a>"}))
