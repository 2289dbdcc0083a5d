"""The chart that is kept with an answer, in its chat as HTML."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from lib.export import chart_figure, map_svg
from lib.export.as_html import write_html
from lib.export.as_markdown import write_markdown
from lib.export.chart_scale import scale_of
from lib.export.chart_svg import chart_svg
from lib.export.source import ChatSource
from lib.messages.parts import Text, ToolResult
from lib.tables.charts import Chart, charts_of
from tests.unit.export.chats import Chats

REGIONS = {"region": ["Nordics", "Alps", "Iberia"], "revenue": [100.5, -50.25, 0.0]}
MONTHS = {
    "month": ["2026-01", "2026-02", "2026-03"] * 2,
    "region": ["North"] * 3 + ["South"] * 3,
    "sold": [10.0, 20.0, 30.0, 5.0, None, 15.0],
}
COUNTRIES = {"country": ["Norway", "Malta", "UK", "Spain"], "revenue": [100.0, 50.0, 0.0, None]}
BARS = Chart("bar", "region", "revenue")


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - of our own


def drawn(columns: dict[str, list[Any]], chart: Chart, shape: str) -> list[dict[str, str]]:
    """The attributes of the shapes of that kind."""
    return [dict(each.attrib) for each in parsed(chart_svg(columns, chart)).iter(shape)]


def exported(rows: Any, chart: Chart | None, write: Callable[[ChatSource], Iterator[str]] = write_html) -> str:
    chats = Chats()
    turn = chats.ask("How much?")
    chats.answer(turn, [ToolResult("1", json.dumps(rows)), Text("See below.")])
    chats.store.keep_chart(turn.chat_id, turn.turn_id, chart)
    return "".join(write(chats.source(turn.chat_id)))


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_bars_are_as_long_as_their_values() -> None:
    nordics, alps, iberia = drawn(REGIONS, BARS, "rect")
    assert float(nordics["width"]) == pytest.approx(2 * float(alps["width"]), abs=0.2)
    assert iberia["width"] == "0.0"
    assert float(alps["x"]) + float(alps["width"]) == pytest.approx(float(nordics["x"]), abs=0.2)


def test_markdown_names_the_chart() -> None:
    rows = [{"region": "*Alps*", "a*b": 1.5}, {"region": "Iberia", "a*b": 2.5}]
    named = "*Shown as: Bar chart: a\\*b by region*"
    assert named in exported(rows, Chart("bar", "region", "a*b"), write_markdown)
    assert "Shown as" not in exported(rows, Chart("bar", "region", "gone"), write_markdown)
    assert "Shown as" not in exported(rows, None, write_markdown)


def test_stacked_bars_stand_on_one_another_with_a_colour_for_each_series() -> None:
    bars = drawn(MONTHS, Chart("stacked", "month", "sold", "region"), "rect")
    of_january = [bar for bar in bars if bar["x"] == bars[0]["x"]]
    below, above = of_january
    assert (below["class"], above["class"]) == ("c0", "c1")
    assert float(above["y"]) + float(above["height"]) == pytest.approx(float(below["y"]), abs=0.2)


def test_a_line_has_a_point_for_each_row_that_has_a_value() -> None:
    lines = drawn(MONTHS, Chart("line", "month", "sold", "region"), "polyline")
    assert [len(line["points"].split()) for line in lines] == [3, 2]


def test_dates_are_as_far_apart_as_they_are_in_time() -> None:
    rows = [{"day": day, "sold": 1.5} for day in ("2026-01-01", "2026-01-02", "2026-01-05")]
    html = exported(rows, Chart("line", "day", "sold"))
    points = html.partition('points="')[2].partition('"')[0].split()
    first, second, third = (float(point.partition(",")[0]) for point in points)
    assert third - second == pytest.approx(3 * (second - first), abs=0.3)


@pytest.mark.parametrize(
    "columns", [REGIONS, MONTHS, COUNTRIES, {"a": [1.5, 2.5], "b": [3.5, 4.5], "name": ["x", "y"]}]
)
def test_every_chart_that_a_result_has_can_be_drawn(columns: dict[str, list[Any]]) -> None:
    charts = [chart for of_kind in charts_of(columns).values() for chart in of_kind]
    assert charts
    for chart in charts:
        assert parsed(chart_svg(columns, chart)).get("role") == "img"


def test_on_a_map_the_highest_value_has_the_strongest_colour() -> None:
    chart = Chart("map", "country", "revenue")
    countries = [each for each in drawn(COUNTRIES, chart, "path") if each["class"] == "c0"]
    assert sorted(each["fill-opacity"] for each in countries) == ["0.25", "1.00"]
    (malta,) = drawn(COUNTRIES, chart, "circle")
    assert malta["fill-opacity"] == "0.62"
    places = [float(place) for each in countries for place in re.findall(r"[-\d.]+", each["d"])]
    assert min(places) > 0 and max(places) < map_svg.WIDTH


def test_an_exported_map_names_what_is_not_on_it() -> None:
    names = [*("Norway", "Malta", "Spain", "Italy", "Japan", "Chile", "Peru", "Ghana", "Benin"), "<b>Others</b>"]
    rows = rows_of({"country": names, "sold": list(range(10))})
    html = exported(rows, Chart("map", "country", "sold"))
    assert "<figcaption>Map: sold by country. Not on the map: &lt;b&gt;Others&lt;/b&gt;</figcaption>" in html


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308, 1.0], [float("inf"), None, float("nan")]])
def test_values_without_a_scale_cost_the_map_and_not_the_file(values: list[Any]) -> None:
    html = exported(rows_of({"country": ["Norway", "Spain", "UK"], "n": values}), Chart("map", "country", "n"))
    assert "<svg" not in html and "See below." in html


def test_the_kept_chart_stands_in_the_file() -> None:
    html = exported(rows_of(REGIONS), BARS)
    assert html.count("<svg") == 1
    assert "<figcaption>Bar chart: revenue by region</figcaption>" in html
    assert "<svg" not in exported(rows_of(REGIONS), None)


@pytest.mark.parametrize("chart", [Chart("line", "region", "revenue"), Chart("bar", "gone", "revenue")])
def test_a_chart_that_does_not_fit_is_left_out(chart: Chart) -> None:
    assert "<svg" not in exported(rows_of(REGIONS), chart)
    assert "<svg" not in exported("no table", chart)


def test_a_chart_of_the_first_rows_says_so() -> None:
    rows = [{"a": number + 0.5, "b": number * 2.5} for number in range(1_001)]
    assert "(the first 1,000 of 1,001 rows)" in exported(rows, Chart("scatter", "a", "b"))


def test_names_are_text() -> None:
    names = ["<script>alert(1)</script>", '" onload="alert(1)', "</svg><img src=x>"]
    columns = {names[0]: names, names[1]: [1.5, 2.5, 3.5]}
    html = exported(rows_of(columns), Chart("bar", names[0], names[1]))
    figure = html.partition("<figure>")[2].partition("</figure>")[0]
    assert {each.tag for each in parsed(f"<figure>{figure}</figure>").iter()} == {
        *("figure", "svg", "text", "path", "rect", "figcaption")
    }


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308], [float("inf"), None]])
def test_numbers_that_cannot_be_drawn_cost_the_chart_and_not_the_file(values: list[Any]) -> None:
    html = exported(rows_of({"region": ["a", "b"], "revenue": values}), BARS)
    assert "<svg" not in html and "See below." in html


def test_an_unforeseen_error_in_a_chart_costs_the_chart_and_not_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_figure, "chart_svg", lambda *_: {}["nothing"])
    html = exported(rows_of(REGIONS), BARS)
    assert "<svg" not in html and "See below." in html


@pytest.mark.parametrize(
    ("values", "from_zero", "ticks"),
    [
        ([3, 97], True, [0, 20, 40, 60, 80, 100]),
        ([-50.25, 100.5], True, [-100, -50, 0, 50, 100, 150]),
        ([0.011, 0.019], False, [0.01, 0.012, 0.014, 0.016, 0.018, 0.02]),
        ([7], False, [0, 5, 10, 15]),
        ([0], True, [-1, -0.5, 0, 0.5, 1]),
    ],
)
def test_an_axis_names_round_numbers(values: list[float], from_zero: bool, ticks: list[float]) -> None:
    assert scale_of(values, 0, 100, from_zero=from_zero).ticks() == pytest.approx(ticks)
