"""Converts a chart that was chosen to the JSON that is stored and that the API takes, and back."""

from dataclasses import asdict
from typing import Any, get_args

from lib.tables.charts import Chart, Kind


def chart_to_json(chart: Chart | None) -> dict[str, str] | None:
    return {name: value for name, value in asdict(chart).items() if value is not None} if chart else None


def chart_from_json(data: Any) -> Chart | None:
    """Never raises: what is no chart, or one of a kind that this version does not know, is None."""
    if not isinstance(data, dict) or data.get("kind") not in get_args(Kind):
        return None
    x, y, series = data.get("x"), data.get("y"), data.get("series")
    if isinstance(x, str) and isinstance(y, str) and isinstance(series, str | None):
        return Chart(data["kind"], x, y, series)
    return None
