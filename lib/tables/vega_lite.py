"""Writes a chart in Vega-Lite, the grammar that Streamlit draws charts from.

The fields of the data have names of their own, because Vega-Lite reads dots and brackets in a name as a path. Times
are shown as they are written in the table: Vega-Lite would move them to the reader's time zone, and a date to the day
before.
"""

import math
from datetime import UTC, date, datetime
from typing import Any

from lib.tables.charts import Chart, Columns, is_time
from lib.tables.country_map import map_layers
from lib.tables.number_locale import separators

Rows = list[dict[str, Any]]
MAX_MARKED_POINTS = 60
BAR_PIXELS = 26
HEIGHT_PIXELS = 340
LEGEND_PIXELS = 60
LETTER_PIXELS = 7
LABEL_GAP_PIXELS = 8
TITLES = {
    "line": "Line chart",
    "bar": "Bar chart",
    "stacked": "Stacked bar chart",
    "map": "Map",
    "scatter": "Scatter chart",
}
WITHIN = {"axis": {"labelFlushOffset": -6}}
"""Below a chart. The last label ends where the chart does; without some pixels to spare its last digit is cut off."""


def vega_lite(columns: Columns, chart: Chart, locale: str | None = None) -> dict[str, Any]:
    """A specification with its data, for readers with this locale. Rows without one of the values are left out."""
    rows = drawn_rows(columns, chart)
    if chart.kind == "map":
        layers = map_layers(columns, rows, chart, _tooltip(chart))
        return {"height": HEIGHT_PIXELS + LEGEND_PIXELS, "config": _config(locale)} | layers
    is_over_time = is_time(chart.x, columns[chart.x])
    match chart.kind:
        case "line":
            spec = _line(chart, rows, has_dates=isinstance(columns[chart.x][0], date))
        case "bar" | "stacked":
            spec = _bars(chart, rows, is_over_time=is_over_time)
        case "scatter":
            spec = _scatter(chart)
    spec["encoding"] |= {"tooltip": _tooltip(chart)} | _colour(chart)
    height = HEIGHT_PIXELS + (LEGEND_PIXELS if chart.series else 0)
    return {"data": {"values": rows}, "height": height, "config": _config(locale)} | spec


def described(chart: Chart) -> str:
    """For people who do not see it."""
    joined = "against" if chart.kind == "scatter" else "by"
    series = f", with a colour for each {chart.series}" if chart.series else ""
    return f"{TITLES[chart.kind]}: {chart.y} {joined} {chart.x}{series}"


def _config(locale: str | None) -> dict[str, Any]:
    decimal, thousands = separators(locale)
    number = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
    return {"locale": {"number": number}}


def _line(chart: Chart, rows: Rows, *, has_dates: bool) -> dict[str, Any]:
    moments = {"field": "x", "type": "temporal", "title": chart.x, "scale": {"type": "utc"}}
    return {
        "mark": {"type": "line", "point": len(rows) <= MAX_MARKED_POINTS},
        "encoding": {"x": moments if has_dates else _steps_across(chart, rows), "y": _measure("y", chart.y)},
    }


def _bars(chart: Chart, rows: Rows, *, is_over_time: bool) -> dict[str, Any]:
    """Upright over time. By category they lie, so that the names beside them can be read."""
    along, across = ("x", "y") if is_over_time else ("y", "x")
    steps = _steps_across(chart, rows) if is_over_time else _steps(chart)
    encoding = {along: steps, across: _measure("y", chart.y) | (WITHIN if across == "x" else {})}
    if chart.kind == "bar" and chart.series:
        encoding[f"{along}Offset"] = {"field": "series", "sort": None}
    return {"mark": "bar", "encoding": encoding} | ({} if is_over_time else {"height": {"step": BAR_PIXELS}})


def _scatter(chart: Chart) -> dict[str, Any]:
    away_from_zero = {"scale": {"zero": False}}
    x, y = _measure("x", chart.x) | away_from_zero | WITHIN, _measure("y", chart.y) | away_from_zero
    return {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": {"x": x, "y": y}}


def _measure(field: str, name: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": name}


def _steps(chart: Chart) -> dict[str, Any]:
    """A place for each value, in the order of the rows."""
    axis = {"labelLimit": 160, "labelOverlap": True}
    return {"field": "label", "type": "ordinal", "title": chart.x, "sort": None, "axis": axis}


def _steps_across(chart: Chart, rows: Rows) -> dict[str, Any]:
    """Below a chart. Vega-Lite has all labels stand; here they lie where there is room for all of them."""
    labels = {row["label"] for row in rows}
    each_pixels = max(map(len, labels), default=0) * LETTER_PIXELS + LABEL_GAP_PIXELS
    steps = _steps(chart)
    steps["axis"]["labelAngle"] = {"expr": f"width >= {len(labels) * each_pixels} ? 0 : 270"}
    return steps


def _colour(chart: Chart) -> dict[str, Any]:
    if not chart.series:
        return {}
    legend = {"orient": "bottom", "columns": 3, "title": None}
    return {"color": {"field": "series", "type": "nominal", "sort": None, "legend": legend}}


def _tooltip(chart: Chart) -> list[dict[str, Any]]:
    x = {"field": "label", "type": "nominal", "title": chart.x}
    y = {"field": "y", "type": "quantitative", "title": chart.y, "format": ",~f"}
    return [x, y] + ([{"field": "series", "type": "nominal", "title": chart.series}] if chart.series else [])


def drawn_rows(columns: Columns, chart: Chart) -> Rows:
    """In the order in which they are drawn, with the fields `x`, `y`, `label` and perhaps `series`."""
    series = columns[chart.series] if chart.series else [None] * len(columns[chart.x])
    rows = zip(columns[chart.x], columns[chart.y], series, strict=True)
    shown = [_row(x, y, of) for x, y, of in rows if _is_shown(x) and _is_shown(y)]
    return sorted(shown, key=lambda row: row["x"]) if is_time(chart.x, columns[chart.x]) else shown


def _row(x: Any, y: float, series: Any) -> dict[str, Any]:
    row = {"x": _milliseconds(x) if isinstance(x, date) else x, "y": y, "label": str(x)}
    return row if series is None else row | {"series": str(series)}


def _milliseconds(moment: date) -> float:
    """As if it were UTC, so that it is shown as it is written."""
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return at.replace(tzinfo=UTC).timestamp() * 1000


def _is_shown(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))
