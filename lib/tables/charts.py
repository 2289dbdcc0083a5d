"""Finds what a table can be drawn as: a measure over time, by category or by country, or two against each other.

Nothing is added up before it is drawn, because a sum or a mean may mean nothing: a line or a bar is offered only where
each of its values is one row of the table, told apart from the others by a column or by two.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from lib.tables.columns import is_measure
from lib.tables.countries.names import column_of_countries

Kind = Literal["line", "bar", "stacked", "map", "scatter"]
Columns = Mapping[str, Sequence[Any]]
"""The values of a table by the names of its columns, as `lib.tables.columns.values_of` gives them."""
MAX_SERIES = 8
"""More colours cannot be told apart."""
MAX_BARS = 60
MIN_POINTS_OF_LINE = 3
_PERIOD = re.compile(r"(?:19|20)\d\d(?:[-/]\d\d|[-/ ]?(?:[QH]\d|W\d\d))")
"""Such as 2026-11, 2026-Q4 and 2026W05, whose order as text is their order in time."""
_PERIOD_NAME = re.compile(
    r"(?:^|[\W_])(?i:year|quarter|month|week|day|hour)$|[a-z](?:Year|Quarter|Month|Week|Day|Hour)$"
)


@dataclass(frozen=True)
class Chart:
    """`x`, `y` and `series` are names of columns. Each value of `series` has its own colour."""

    kind: Kind
    x: str
    y: str
    series: str | None = None


def charts_of(columns: Columns) -> dict[Kind, list[Chart]]:
    """The kinds that the table can be drawn as, the best first, and for each a chart of every measure."""
    measures = [name for name, values in columns.items() if is_measure(name, values) and not is_time(name, values)]
    others = {name: values for name, values in columns.items() if name not in measures and _is_told(values)}
    charts: dict[Kind, list[Chart]] = {}
    if measures and (axis := _axis(others)):
        x, series = axis
        charts |= {kind: [Chart(kind, x, y, series) for y in measures] for kind in _kinds(columns, x, series)}
        if "stacked" in charts:
            charts["stacked"] = [chart for chart in charts["stacked"] if _is_never_negative(columns[chart.y])]
    if measures and (country := column_of_countries(others)):
        charts["map"] = [Chart("map", country, y) for y in measures]
    if len(measures) > 1:
        colour = next((name for name, values in others.items() if _count(values) <= MAX_SERIES), None)
        charts["scatter"] = [Chart("scatter", measures[0], y, colour) for y in measures[1:]]
    return {kind: of_kind for kind, of_kind in charts.items() if of_kind}


def is_offered(chart: Chart, charts: Mapping[Kind, Sequence[Chart]]) -> bool:
    """Whether a chart that was chosen earlier is one of those that the table can be drawn as."""
    return chart in charts.get(chart.kind, ())


def is_time(name: str, values: Sequence[Any]) -> bool:
    """Whether the values are dates, times, or periods such as 2026-Q4 or the number of a month."""
    present = [value for value in values if value is not None]
    if all(isinstance(value, date) for value in present):
        return True
    if all(isinstance(value, str) for value in present):
        return all(_PERIOD.fullmatch(value) for value in present)
    return bool(_PERIOD_NAME.search(name)) and all(type(value) is int for value in present)


def _axis(others: Columns) -> tuple[str, str | None] | None:
    """The column, or the column and the series, that tell all rows apart: times first, then texts, then codes."""
    names = sorted(others, key=lambda name: rank(name, others[name]))
    for name in names:
        if _count(others[name]) == len(others[name]):
            return name, None
    for name in names:
        for series in names:
            pairs = set(zip(others[name], others[series], strict=True))
            if name != series and len(pairs) == len(others[name]) and _count(others[series]) <= MAX_SERIES:
                return name, series
    return None


def rank(name: str, values: Sequence[Any]) -> int:
    """Which column rather names the rows: times first, then texts, then codes."""
    if is_time(name, values):
        return 0
    return 1 if all(isinstance(value, str) for value in values if value is not None) else 2


def _kinds(columns: Columns, x: str, series: str | None) -> list[Kind]:
    places, colours = _count(columns[x]), _count(columns[series]) if series else 1
    fits: dict[Kind, bool] = {
        "line": is_time(x, columns[x]) and places >= MIN_POINTS_OF_LINE,
        "bar": places * colours <= MAX_BARS,
        "stacked": series is not None and places <= MAX_BARS,
    }
    return [kind for kind, is_fit in fits.items() if is_fit]


def _is_told(values: Sequence[Any]) -> bool:
    """Whether it distinguishes rows: several values, of which none is missing, a list or an object."""
    return all(isinstance(value, str | int | float | date) for value in values) and _count(values) > 1


def _is_never_negative(values: Sequence[Any]) -> bool:
    return all(value >= 0 for value in values if value is not None)


def _count(values: Sequence[Any]) -> int:
    return len(set(values))
