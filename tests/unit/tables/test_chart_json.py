"""The JSON of a chart that was chosen."""

from typing import Any

import pytest

from lib.tables.chart_json import chart_from_json, chart_to_json
from lib.tables.charts import Chart


@pytest.mark.parametrize(
    "chart", [Chart("line", "month", "revenue"), Chart("bar", "", "y", "region"), Chart("map", "a", "b"), None]
)
def test_a_chart_is_the_same_after_a_round_trip(chart: Chart | None) -> None:
    assert chart_from_json(chart_to_json(chart)) == chart


@pytest.mark.parametrize(
    "data",
    [
        "bar",
        {},
        {"kind": "bar", "x": "region"},
        {"kind": "bar", "x": "region", "y": 1},
        {"kind": "bar", "x": "region", "y": "revenue", "series": ["year"]},
        {"kind": "pie", "x": "region", "y": "revenue"},
        {"kind": ["bar"], "x": "region", "y": "revenue"},
    ],
)
def test_what_is_no_chart_is_ignored(data: Any) -> None:
    assert chart_from_json(data) is None
