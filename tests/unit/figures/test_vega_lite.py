"""What of Vega-Lite is drawn, and what is refused."""

import json
from typing import Any

import altair
import pytest

from lib.figures.figure import NotDrawn
from lib.figures.vega_lite import LEGIBLE, MAX_ROWS, read_vega_lite

ROWS = [{"region": region, "day": f"2026-01-0{day}", "n": day} for region in ("Alps", "Iberia") for day in range(1, 4)]
DATA = {"values": ROWS}
X = {"field": "region", "type": "nominal"}
Y = {"field": "n", "type": "quantitative"}
BARS: dict[str, Any] = {"data": DATA, "mark": "bar", "encoding": {"x": X, "y": Y}}


def bars(**changes: Any) -> dict[str, Any]:
    return BARS | changes


def encoded(**channels: Any) -> dict[str, Any]:
    return bars(encoding=BARS["encoding"] | channels)


GOOD: list[dict[str, Any]] = [
    BARS,
    encoded(color={"condition": {"test": "datum.n > 2 && isValid(datum.n)", "value": "red"}, "value": "grey"}),
    encoded(x={"field": "day", "type": "temporal", "axis": {"labelExpr": "timeFormat(datum.value, '%b')"}}),
    encoded(x={"field": "n", "bin": {"step": 1}}, tooltip=[{"field": "n", "format": ",.2f"}]),
    encoded(column={"field": "region", "type": "nominal"}),
    bars(
        transform=[{"filter": {"or": ["datum.n > 1", {"field": "n", "equal": 1}]}}, {"fold": ["n"], "as": ["a", "b"]}]
    ),
    bars(transform=[{"aggregate": [{"op": "sum", "field": "n", "as": "sum"}], "groupby": ["region"]}]),
    bars(transform=[{"regression": "n", "on": "n", "method": "poly", "order": 3}]),
    bars(params=[{"name": "at", "select": {"type": "point", "on": "pointerover", "clear": "pointerout"}}]),
    bars(params=[{"name": "brush", "select": "interval", "bind": "scales"}]),
    {
        "data": DATA,
        "layer": [{"mark": "line", "encoding": {"x": X, "y": Y}}, {"mark": "rule", "encoding": {"y": {"datum": 2}}}],
    },
    {"data": DATA, "hconcat": [{"mark": "bar", "encoding": {"x": X}}, {"mark": "point", "encoding": {"y": Y}}]},
    {"data": DATA, "facet": {"row": X}, "spec": {"mark": "bar", "encoding": {"x": Y}}},
    {
        "data": DATA,
        "repeat": ["n", "region"],
        "spec": {"mark": "bar", "encoding": {"x": {"field": {"repeat": "repeat"}}}},
    },
    {"data": {"sequence": {"start": 0, "stop": 1, "step": 0.25, "as": "n"}}, "mark": "line", "encoding": {"x": Y}},
]


@pytest.mark.parametrize("spec", GOOD, ids=str)
def test_what_is_allowed_is_drawn_and_is_vega_lite(spec: dict[str, Any]) -> None:
    drawn = read_vega_lite(spec).spec
    altair.Chart.from_dict(json.loads(json.dumps(drawn, allow_nan=False)))


def test_looks_and_embedding_are_the_apps() -> None:
    own = {"config": {"background": "white"}, "usermeta": {"embedOptions": {"loader": 1}}, "autosize": "none"}
    chart = read_vega_lite(
        BARS | own | {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "red"}
    )
    assert chart.spec == BARS | {"config": LEGIBLE}


def test_named_data_are_put_in_where_they_are_named() -> None:
    named = bars(data={"name": "a"}, datasets={"a": [1, 2]})
    assert read_vega_lite(named).spec["data"] == {"values": [{"data": 1}, {"data": 2}]}


def test_a_column_of_texts_and_others_becomes_one_of_texts() -> None:
    rows = [{"a": "x", "b": 1}, {"a": 3, "b": 2.5}, {"a": True, "b": None}, {"a": None}]
    shown = [{"a": "x", "b": 1}, {"a": "3", "b": 2.5}, {"a": "True", "b": None}, {"a": None}]
    assert read_vega_lite(bars(data={"values": rows})).spec["data"]["values"] == shown


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ({"width": 1e9, "height": 1e9}, {"width": 1_000, "height": 800}),
        ({"width": -5, "height": 0}, {"width": 40, "height": 40}),
        ({"width": "container", "height": {"step": 1e9}}, {"width": "container", "height": {"step": 60}}),
        ({"width": {"expr": "1e9"}, "height": "container"}, {}),
    ],
)
def test_sizes_are_kept_within_bounds(size: dict[str, Any], drawn: dict[str, Any]) -> None:
    assert read_vega_lite(BARS | size).spec == BARS | drawn | {"config": LEGIBLE}


@pytest.mark.parametrize(
    ("named", "alt"),
    [
        ({"title": "Sales", "description": "All  sales\n of a year"}, "All sales of a year"),
        ({"title": {"text": ["Sales", "by region"]}}, "Sales by region"),
        ({}, "Chart (bar): region, n"),
    ],
)
def test_a_chart_is_described(named: dict[str, Any], alt: str) -> None:
    chart = read_vega_lite(BARS | named)
    assert chart.alt == alt and "description" not in chart.spec


HOSTILE: list[dict[str, Any]] = [
    # It loads something.
    bars(data={"url": "https://evil.example/data.csv"}),
    bars(data={"values": ROWS, "url": "data.csv"}),
    bars(data={"url": {"expr": "'https://evil.example'"}}),
    bars(transform=[{"lookup": "n", "from": {"data": {"url": "https://evil.example"}, "key": "n", "fields": ["a"]}}]),
    bars(mark="image"),
    bars(mark={"type": "image", "url": "https://evil.example/x.png"}),
    bars(mark={"type": "bar", "href": "https://evil.example"}),
    bars(mark={"type": "bar", "cursor": "url(https://evil.example/x.cur), auto"}),
    bars(mark={"type": "bar", "fill": "URL (https://evil.example/x.svg#a)"}),
    bars(mark={"type": "bar", "color": {"image": "https://evil.example"}}),
    bars(
        data={"values": [{"image": "https://evil.example/x.png"}]}, mark={"type": "bar", "tooltip": {"content": "data"}}
    ),
    encoded(tooltip=[{"field": "region", "title": "image"}]),
    encoded(url={"field": "region"}),
    encoded(href={"value": "javascript:alert(1)"}),
    bars(transform=[{"calculate": "datum.region", "as": "image"}]),
    # It draws maps.
    bars(mark="geoshape", projection={"type": "mercator"}),
    bars(projection={"type": "mercator"}),
    bars(data={"sphere": True}),
    bars(data={"graticule": True}),
    bars(data={"values": ROWS, "format": {"type": "topojson", "feature": "x"}}),
    encoded(longitude={"field": "n"}),
    # It reaches out of the chart, or runs something.
    bars(params=[{"name": "a", "value": 1, "bind": {"input": "password", "element": "#root"}}]),
    bars(params=[{"name": "a", "select": {"type": "point", "on": "window:timer{1}"}}]),
    bars(params=[{"name": "a", "select": {"type": "point", "clear": "window:keydown"}}]),
    bars(encode={"update": {}}),
    bars(transform=[{"calculate": "constructor.constructor('alert(1)')()", "as": "a"}]),
    bars(transform=[{"calculate": "datum['a'].constructor('x')", "as": "a"}]),
    bars(transform=[{"filter": "open('https://evil.example')"}]),
    bars(transform=[{"filter": {"not": "warn(datum)"}}]),
    bars(mark={"type": "bar", "color": {"expr": "data('x')"}}),
    bars(mark={"type": "bar", "color": {"signal": "width"}}),
    encoded(color={"condition": {"test": "test(/(a+)+$/, datum.region)", "value": "red"}}),
    # It takes too long.
    bars(data={"sequence": {"start": 0, "stop": 1e12}}),
    bars(data={"sequence": {"start": 0, "stop": 1, "step": 1e-12}}),
    bars(data={"sequence": {"start": 0, "stop": 1, "step": 0}}),
    bars(data={"sequence": {"start": 0, "stop": -1}}),
    bars(data={"values": [{"n": n} for n in range(MAX_ROWS + 1)]}),
    bars(data={"values": [{"n": list(range(100))}]}, transform=[{"flatten": ["n"]}]),
    bars(transform=[{"calculate": "sequence(1e12)", "as": "a"}]),
    bars(transform=[{"calculate": "pad('', 1e9)", "as": "a"}]),
    bars(transform=[{"calculate": "format(datum.n, '999999999d')", "as": "a"}]),
    bars(transform=[{"calculate": "datum.n + " * 100 + "1", "as": "a"}]),
    bars(transform=[{"filter": "true", "density": "n", "steps": 1e9}]),
    bars(transform=[{"density": "n", "steps": 1e9}]),
    bars(transform=[{"quantile": "n", "step": 1e-9}]),
    bars(transform=[{"impute": "n", "key": "day", "keyvals": {"start": 0, "stop": 1e9}}]),
    bars(transform=[{"regression": "n", "on": "day", "method": "poly", "order": 2_000}]),
    bars(transform=[{"fold": ["n"] * 100}] * 3),
    bars(transform=[{"sample": 10}] * 21),
    encoded(x={"field": "n", "bin": {"maxbins": 1e9}}),
    encoded(x={"field": "n", "bin": {"step": 1e-9}}),
    encoded(x={"field": "n", "bin": {"step": 1, "extent": [0, 1e9]}}),
    encoded(x={"field": "n", "scale": {"bins": {"start": 0, "stop": 1, "step": 1e-9}}}),
    encoded(x={"field": "n", "scale": {"type": "log", "base": 1.0000001}}),
    encoded(x={"field": "n", "axis": {"tickCount": 1e9}}),
    encoded(x={"field": "n", "axis": {"tickCount": "millisecond"}}),
    encoded(x={"field": "n", "axis": {"tickCount": {"interval": "millisecond", "step": 1}}}),
    encoded(x={"field": "n", "axis": {"values": list(range(10_000))}}),
    encoded(x={"field": "n", "axis": {"format": "999999999d"}}),
    bars(mark={"type": "line", "strokeDash": [1e-6, 1e-6]}),
    bars(mark={"type": "line", "strokeWidth": 1e9}),
    bars(data={"values": [{"n": str(n)} for n in range(1_000)]}, encoding={"y": {"field": "n", "type": "nominal"}}),
    bars(data={"values": [{"n": str(n)} for n in range(1_000)]}, encoding={"row": {"field": "n"}}),
    {"data": DATA, "repeat": {"row": ["n"] * 10, "column": ["n"] * 10}, "spec": {"mark": "bar"}},
    {"data": DATA, "layer": [{"mark": "bar"}] * 41},
    {"data": {"values": [{"n": n} for n in range(4_000)]}, "hconcat": [{"mark": "bar"}] * 10},
    # It is broken.
    {},
    {"mark": "bar"} | {"layer": []},
    bars(mark="bra"),
    bars(mark=["bar"]),
    bars(encoding=[]),
    encoded(x="region"),
    encoded(x={"field": "region", "type": "categorical"}),
    encoded(xx={"field": "region"}),
    bars(transform={"filter": "true"}),
    bars(transform=["filter"]),
    bars(data={"values": []}),
    bars(data={"values": "a,b\n1,2"}),
    bars(data={"name": "missing"}),
    bars(data="values"),
    bars(data={"values": [{"n": {"deep": 1}}]}),
    bars(data={"values": ROWS, "format": {"parse": {"day": "date:'%d.%m.%Y'"}}}),
    {"$schema": "https://vega.github.io/schema/vega/v5.json", **BARS},
]


@pytest.mark.parametrize("spec", HOSTILE, ids=lambda spec: json.dumps(spec)[:120])
def test_what_loads_runs_takes_long_or_is_broken_is_refused(spec: dict[str, Any]) -> None:
    for wrapped in (spec, {"vconcat": [spec]}):
        with pytest.raises(NotDrawn, match=r"^\w"):
            read_vega_lite(wrapped)
