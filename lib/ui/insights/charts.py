"""The charts of the Insights page, in Vega-Lite. Streamlit gives them the colours of the app's theme."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

import streamlit as st

from lib.store.insights_models import Counts, Day, Times, Usage
from lib.tables.number_locale import separators
from lib.ui.language import N_, _, language

HEIGHT_PIXELS = 200
BAR_PIXELS = 20
MOST_POINTS = 62
DAY_UNIT = "utcyearmonthdate"
# What an answer is where no cause is known. Causes are words for programs, and shown as such.
CAUSES = {"failed": N_("failed"), "interrupted": N_("interrupted")}
COUNT, SECONDS, SHARE = ",d", ",.1f", ".0%"
"""How the numbers of an axis are written, in D3's language."""
DAY = N_("%b %-d")
DAY_FIELD = {"field": "x", "type": "temporal"}
Series = dict[str, Callable[[Counts], float | None]]
Chart = tuple[str, dict[str, Any]]
"""Its title, and the specification without what all have in common."""


def draw_charts(usage: Usage, *, everybody: bool) -> None:
    """Two beside each other, where there is room. What has no figures is left out."""
    days = usage.days
    charts = [
        _bars(_("Questions a day"), days, lambda day: day.counts.questions),
        _bars(_("People who asked, a day"), days, lambda day: day.users) if everybody else None,
        _lines(_("Helpful share of ratings"), days, {"": lambda counts: counts.helpful_share}, SHARE),
        _lines(_("Time to the first word, in seconds"), days, _times(lambda counts: counts.first_word)),
        _lines(_("Duration of an answer, in seconds"), days, _times(lambda counts: counts.duration)),
        _failures(_("Failures by cause"), usage.failures),
    ]
    drawn = [chart for chart in charts if chart]
    for place in range(0, len(drawn), 2):
        for column, chart in zip(st.columns(2, gap="medium"), drawn[place : place + 2], strict=False):
            with column:
                _draw(*chart)


def _times(of: Callable[[Counts], Times | None]) -> Series:
    def seconds(counts: Counts, name: str) -> float | None:
        times = of(counts)
        return getattr(times, name) / 1000 if times else None

    return {
        _("half within"): lambda counts: seconds(counts, "p50_ms"),
        _("95% within"): lambda counts: seconds(counts, "p95_ms"),
    }


def _bars(title: str, days: Sequence[Day], value: Callable[[Day], int]) -> Chart:
    rows = [{"x": _milliseconds(day), "y": value(day)} for day in days]
    encoding = {"x": _day_axis() | {"timeUnit": DAY_UNIT, "bandPosition": 0.5}, "y": _measure(COUNT)}
    mark = {"type": "bar", "binSpacing": 1 if len(days) <= MOST_POINTS else 0}
    return title, {"data": {"values": rows}, "mark": mark, "encoding": encoding | _tooltip(title, COUNT)}


def _lines(title: str, days: Sequence[Day], series: Series, number_format: str = SECONDS) -> Chart | None:
    """Days without a value are left out; None if all are."""
    rows = [
        {"x": _milliseconds(day), "y": found, "series": name}
        for day in days
        for name, value in series.items()
        if (found := value(day.counts)) is not None
    ]
    if not rows:
        return None
    x, y = _day_axis(), _measure(number_format)
    x["scale"] |= {"domain": [_moment(days[0]), _moment(days[-1])]}
    if number_format == SHARE:
        y["scale"] = {"domain": [0, 1]}
    encoding: dict[str, Any] = {"x": x, "y": y}
    if len(series) > 1:
        legend = {"orient": "bottom", "title": None, "offset": 4}
        encoding["color"] = {"field": "series", "type": "nominal", "sort": None, "legend": legend}
    has_points = len(rows) <= MOST_POINTS
    mark = {"type": "line", "point": has_points}
    return title, {"data": {"values": rows}, "mark": mark, "encoding": encoding | _tooltip(title, number_format)}


def _failures(title: str, failures: Mapping[str, int]) -> Chart | None:
    rows = [{"y": count, "x": _cause(cause)} for cause, count in failures.items()]
    encoding = {
        "x": _measure(COUNT),
        "y": {"field": "x", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 160}},
    }
    mark = {"type": "bar", "size": BAR_PIXELS}
    return (title, {"data": {"values": rows}, "mark": mark, "encoding": encoding}) if rows else None


def _cause(cause: str) -> str:
    return _(CAUSES[cause]) if cause in CAUSES else cause.replace("_", " ")


def _draw(title: str, spec: dict[str, Any]) -> None:
    decimal, thousands = separators(language())
    number = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
    st.header(title, anchor=False)
    look = {"height": HEIGHT_PIXELS, "config": {"locale": {"number": number}}}
    st.vega_lite_chart(look | spec, alt=title, width="stretch")


def _day_axis() -> dict[str, Any]:
    axis = {"format": _(DAY), "labelOverlap": True, "tickCount": 6, "grid": False}
    return DAY_FIELD | {"scale": {"type": "utc"}, "title": None, "axis": axis}


def _measure(number_format: str) -> dict[str, Any]:
    axis = {"format": number_format, "tickCount": 4, **({"tickMinStep": 1} if number_format == COUNT else {})}
    return {"field": "y", "type": "quantitative", "title": None, "axis": axis}


def _tooltip(title: str, number_format: str) -> dict[str, Any]:
    day = DAY_FIELD | {"timeUnit": DAY_UNIT, "title": _("Day"), "format": _(DAY)}
    return {"tooltip": [day, {"field": "y", "type": "quantitative", "title": title, "format": number_format}]}


def _milliseconds(day: Day) -> float:
    return datetime.combine(day.day, time.min, UTC).timestamp() * 1000


def _moment(day: Day) -> dict[str, Any]:
    """As the ends of an axis are written; a number would be taken for a year."""
    return {"year": day.day.year, "month": day.day.month, "date": day.day.day, "utc": True}
