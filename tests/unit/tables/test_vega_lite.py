"""Charts as Vega-Lite, whose grammar altair knows."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import altair
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.tables.charts import Chart, Kind, charts_of
from lib.tables.columns import values_of
from lib.tables.vega_lite import LABEL_GAP_PIXELS, LETTER_PIXELS, described, vega_lite

COLUMNS: dict[str, list[Any]] = {
    "month": ["2026-01", "2026-01", "2026-02", "2026-02"],
    "region [EMEA]": ["Nordics", "Alps", "Nordics", "Alps"],
    "rev.enue": [4.5, 3, 2.25, 1],
    "units": [1, 2, 3, 4],
}
SALES: dict[str, list[Any]] = {
    "country": ["Norway", "Malta", "UK", "Spain"],
    "revenue": [3.5, 1, None, 2],
}
DAYS = {"day": [date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3)], "n": [2.5, 1.5, None]}


def points(columns: dict[str, list[Any]], chart: Chart) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = vega_lite(columns, chart)["data"]["values"]
    return values


@pytest.mark.parametrize("columns", [COLUMNS, DAYS, SALES, {"who": ["a", "b", "c"], "n": [1.5, 2, 3]}])
def test_every_chart_is_valid(columns: dict[str, list[Any]]) -> None:
    charts = [chart for of_kind in charts_of(columns).values() for chart in of_kind]
    assert charts
    for chart in charts:
        spec = json.loads(json.dumps(vega_lite(columns, chart), allow_nan=False))
        altair.Chart.from_dict(spec)


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.just(1), max_size=1)
KINDS = [st.integers(1, 12), st.dates().map(str), st.datetimes().map(str), st.text(max_size=3), CELLS]


@given(st.data(), st.integers(2, 6))
def test_whatever_the_cells_are_each_chart_can_be_sent(data: st.DataObject, count: int) -> None:
    cells = {
        "month": data.draw(st.sampled_from(KINDS).flatmap(lambda kind: st.lists(kind, min_size=count, max_size=count))),
        "[x].y": data.draw(st.lists(st.sampled_from(["a", "b", None]), min_size=count, max_size=count)),
        "n": data.draw(st.lists(st.floats() | st.none(), min_size=count, max_size=count)),
        "": data.draw(st.lists(st.integers() | st.floats(), min_size=count, max_size=count)),
    }
    columns = {name: values_of(column) for name, column in cells.items()}
    for charts in charts_of(columns).values():
        for chart in charts:
            json.dumps(vega_lite(columns, chart), allow_nan=False)


def test_a_broken_chart_would_be_noticed() -> None:
    with pytest.raises(Exception, match=r"On instance:\s+'bars'"):
        altair.Chart.from_dict(vega_lite(COLUMNS, Chart("bar", "month", "units")) | {"mark": "bars"})


def test_the_names_of_columns_are_titles_and_never_paths() -> None:
    chart = Chart("bar", "month", "rev.enue", "region [EMEA]")
    spec = vega_lite(COLUMNS, chart)
    assert points(COLUMNS, chart)[1] == {"x": "2026-01", "y": 3, "label": "2026-01", "series": "Alps"}
    assert spec["encoding"]["y"] == {"field": "y", "type": "quantitative", "title": "rev.enue"}
    assert described(chart) == "Bar chart: rev.enue by month, with a colour for each region [EMEA]"


def test_times_are_in_order_and_a_row_without_a_value_is_left_out() -> None:
    drawn = points(DAYS, Chart("line", "day", "n"))
    assert [(each["label"], each["y"]) for each in drawn] == [("2026-03-01", 1.5), ("2026-03-02", 2.5)]


@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=-8))])
def test_a_time_is_shown_as_it_is_written(zone: timezone | None) -> None:
    moments = [datetime(2026, 3, 1, hour, tzinfo=zone) for hour in (22, 23)]
    drawn = points({"at": moments, "n": [1.5, 2.5]}, Chart("line", "at", "n"))
    shown = [datetime.fromtimestamp(each["x"] / 1000, UTC).replace(tzinfo=None) for each in drawn]
    assert shown == [moment.replace(tzinfo=None) for moment in moments]


def test_categories_keep_the_order_of_the_rows_and_numbers_of_months_theirs() -> None:
    by_size = {"who": ["Zoe", "Ann"], "n": [5, 3]}
    assert [each["label"] for each in points(by_size, Chart("bar", "who", "n"))] == ["Zoe", "Ann"]
    by_month = {"month": [10, 2, 1], "n": [5, 3, 4]}
    assert [each["label"] for each in points(by_month, Chart("line", "month", "n"))] == ["1", "2", "10"]


@pytest.mark.parametrize("kind", ["line", "bar", "stacked"])
def test_labels_below_a_chart_lie_where_all_of_them_fit(kind: Kind) -> None:
    steps = vega_lite(COLUMNS, Chart(kind, "month", "rev.enue", "region [EMEA]"))["encoding"]["x"]
    two_months = 2 * (len("2026-01") * LETTER_PIXELS + LABEL_GAP_PIXELS)
    assert steps["axis"]["labelAngle"] == {"expr": f"width >= {two_months} ? 0 : 270"}
    beside = vega_lite(SALES, Chart("bar", "country", "revenue"))["encoding"]["y"]
    assert "labelAngle" not in beside["axis"]


def test_what_is_not_a_number_is_left_out() -> None:
    columns = {"who": ["a", "b", "c"], "n": [1.5, float("nan"), float("inf")]}
    assert [each["label"] for each in points(columns, Chart("bar", "who", "n"))] == ["a"]


def test_a_map_has_the_outlines_once_and_the_values_in_them() -> None:
    spec = vega_lite(SALES, Chart("map", "country", "revenue"))
    drawn = spec["data"]["values"]["objects"]["countries"]["geometries"]
    assert [each["properties"] for each in drawn if "properties" in each] == [
        {"y": 2, "label": "Spain"},
        {"y": 3.5, "label": "Norway"},
    ]
    without, valued, small = spec["layer"]
    assert "data" not in without | valued
    assert small["data"]["values"] == [{"longitude": 14.4, "latitude": 36.0, "y": 1, "label": "Malta"}]
    assert valued["encoding"]["color"]["scale"]["domain"] == [1, 3.5]
    assert "://" not in json.dumps(spec) and len(json.dumps(spec, separators=(",", ":"))) < 60_000


def test_a_row_without_a_value_does_not_change_how_the_others_are_read() -> None:
    """Two letters are codes beside whole names, and here the whole names are left out."""
    columns = {"where": ["NO", "ES", "Italy", "Japan", "Malta"], "n": [1.5, 2.5, None, None, None]}
    spec = vega_lite(columns, Chart("map", "where", "n"))
    drawn = spec["data"]["values"]["objects"]["countries"]["geometries"]
    assert [each["properties"]["label"] for each in drawn if "properties" in each] == ["ES", "NO"]


def test_one_value_for_all_countries_has_a_colour() -> None:
    for value, domain in ((5, [0, 5]), (-5, [-5, 0]), (0, [0, 1])):
        columns = {"country": ["Norway", "Spain", "UK"], "n": [value] * 3}
        colour = vega_lite(columns, Chart("map", "country", "n"))["layer"][1]["encoding"]["color"]
        assert colour["scale"]["domain"] == domain


@pytest.mark.parametrize(
    ("locale", "million"),
    [
        (None, "1,000,000.5"),
        ("en-GB", "1,000,000.5"),
        ("de", "1.000.000,5"),
        ("de-DE", "1.000.000,5"),
        ("de-CH", "1\u2019000\u2019000.5"),
        ("fr-FR", "1\u202f000\u202f000,5"),
        ("es-MX", "1,000,000.5"),
        ("ja-JP", "1,000,000.5"),
    ],
)
def test_numbers_are_written_as_where_the_reader_is(locale: str | None, million: str) -> None:
    spec = vega_lite(COLUMNS, Chart("bar", "month", "units", "region [EMEA]"), locale)
    altair.Chart.from_dict(spec)
    number = spec["config"]["locale"]["number"]
    assert number["thousands"].join(["1", "000", "000"]) + number["decimal"] + "5" == million
