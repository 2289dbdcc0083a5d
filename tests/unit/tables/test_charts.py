"""What tables can be drawn as."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from lib.tables.charts import MAX_BARS, MAX_SERIES, Chart, charts_of
from lib.tables.countries import names

MONTHS = ["2026-01", "2026-02", "2026-03"]
REGIONS = ["Nordics", "Alps", "Iberia"]
SALES = [149689.65, 54018.2, 28678.0]


def first(columns: dict[str, list[Any]]) -> Chart | None:
    """The chart that is offered first."""
    return next((charts[0] for charts in charts_of(columns).values()), None)


@pytest.mark.parametrize(
    ("columns", "chart"),
    [
        ({"region": REGIONS, "revenue": SALES}, Chart("bar", "region", "revenue")),
        ({"month": MONTHS, "revenue": SALES}, Chart("line", "month", "revenue")),
        ({"revenue": SALES, "day": [date(2026, 1, day) for day in (1, 2, 3)]}, Chart("line", "day", "revenue")),
        ({"at": [datetime(2026, 1, 1, hour) for hour in (1, 2, 3)], "n": [3, 4, 5]}, Chart("line", "at", "n")),  # noqa: DTZ001
        ({"year": [2024, 2025, 2026], "revenue": SALES}, Chart("line", "year", "revenue")),
        ({"month": [1, 2, 3], "revenue": SALES}, Chart("line", "month", "revenue")),
        ({"orderWeek": [51, 52, 53], "revenue": SALES}, Chart("line", "orderWeek", "revenue")),
        ({"region": REGIONS, "month": MONTHS, "revenue": SALES}, Chart("line", "month", "revenue")),
        ({"product_id": [7, 8, 9], "product": REGIONS, "revenue": SALES}, Chart("bar", "product", "revenue")),
        ({"product_id": [7, 8, 9], "revenue": SALES}, Chart("bar", "product_id", "revenue")),
        ({"rank": [1, 2, 3], "region": REGIONS, "revenue": SALES}, Chart("bar", "region", "revenue")),
        ({"quarter": ["2026-Q1", "2026-Q2"], "revenue": SALES[:2]}, Chart("bar", "quarter", "revenue")),
        ({"zip": ["80331", "10115", "20095"], "revenue": SALES}, Chart("bar", "zip", "revenue")),
        ({"week": ["2026W05", "2026W06", "2026W10"], "revenue": SALES}, Chart("line", "week", "revenue")),
        ({"height": [1.5, 2.5, 3.5], "weight": SALES}, Chart("scatter", "height", "weight")),
    ],
)
def test_the_best_chart_is_the_first(columns: dict[str, list[Any]], chart: Chart) -> None:
    assert first(columns) == chart


def test_two_columns_that_tell_the_rows_apart_only_together_are_axis_and_colours() -> None:
    columns = {"region": [*REGIONS, *REGIONS], "month": sorted([*MONTHS[:2] * 3]), "revenue": [*SALES, *SALES]}
    charts = charts_of(columns)
    assert list(charts) == ["bar", "stacked"]
    assert charts["stacked"] == [Chart("stacked", "month", "revenue", "region")]


def test_countries_have_a_map_after_the_bars_and_alone_where_there_are_too_many_for_bars() -> None:
    sales = {"where": ["Norway", "Spain", "UK"], "revenue": SALES, "sold": [3, 4, 5]}
    charts = charts_of(sales)
    assert list(charts) == ["bar", "map", "scatter"]
    assert charts["map"] == [Chart("map", "where", "revenue"), Chart("map", "where", "sold")]
    many = list(json.loads((Path(names.__file__).parent / "names.json").read_text()))[: MAX_BARS + 1]
    assert first({"country": many, "sold": list(range(len(many)))}) == Chart("map", "country", "sold")


def test_each_measure_has_a_chart_and_losses_are_not_stacked() -> None:
    columns = {
        "region": [*REGIONS, *REGIONS],
        "year": [2025] * 3 + [2026] * 3,
        "sold": SALES * 2,
        "gain": [1, 2, -1] * 2,
    }
    charts = charts_of(columns)
    assert [chart.y for chart in charts["bar"]] == ["sold", "gain"]
    assert [chart.y for chart in charts["stacked"]] == ["sold"]
    assert charts["scatter"] == [Chart("scatter", "sold", "gain", "region")]


@pytest.mark.parametrize(
    "columns",
    [
        {"region": REGIONS},
        {"revenue": SALES},
        {"region": ["Alps", "Alps"], "revenue": SALES[:2]},
        {"region": ["Alps", "Alps", None], "revenue": SALES},
        {"place": [["a"], ["b"], {"c": 1}], "revenue": SALES},
        {"region": REGIONS, "revenue": [None, None, None]},
        {"customer": [f"C{number}" for number in range(MAX_BARS + 1)], "revenue": list(range(MAX_BARS + 1))},
    ],
)
def test_what_no_chart_would_show_truly_has_none(columns: dict[str, list[Any]]) -> None:
    assert charts_of(columns) == {}


def test_more_colours_than_can_be_told_apart_are_no_series() -> None:
    names = [f"C{number}" for number in range(MAX_SERIES + 1)]
    columns = {"who": names * 3, "month": sorted(MONTHS * len(names)), "n": [float(n) for n in range(3 * len(names))]}
    assert {chart.series for charts in charts_of(columns).values() for chart in charts} == {"month"}
