"""Reads the values in Plotly's traces."""

import array
import base64
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lib.figures.figure import NotDrawn

Trace = Mapping[str, Any]
XY = ("bar", "scatter", "scattergl")
MAX_MARKED_POINTS = 20
"""A line of fewer points also shows them, unless it says otherwise; so Plotly does."""
# What would be wrong without it. Other things, such as colours and notes, are only looks.
_MISSED = ("error_x", "error_y", "base", "transforms", "cumulative", "histfunc", "histnorm", "lon", "lat", "z_src")
_AXES = {"xaxis": "x", "yaxis": "y"}
_ARRAY_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
_TAG = re.compile(r"<[^<>]{0,200}>")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")


def check_trace(trace: Trace) -> None:
    """Raises NotDrawn for what cannot be left out."""
    if any(trace.get(axis, name) != name for axis, name in _AXES.items()):
        raise NotDrawn("It has several axes or charts.")
    if missed := [name for name in _MISSED if trace.get(name)]:
        raise NotDrawn(f"It uses “{missed[0]}”, which is not drawn here.")


def values_of(trace: Trace, name: str) -> list[Any] | None:
    """A list of single values, also of one that Plotly has packed; None without one."""
    values = trace.get(name)
    if isinstance(values, dict):
        values = _unpacked(values)
    if values is None:
        return None
    if not isinstance(values, list) or any(isinstance(value, dict | list) for value in values):
        raise NotDrawn(f"Its “{name}” is no simple list.")
    return [words(value) if isinstance(value, str) else value for value in values]


def _unpacked(packed: Mapping[str, Any]) -> list[float] | None:
    try:
        numbers = array.array(_ARRAY_CODES[packed["dtype"]], base64.b64decode(packed["bdata"], validate=True))
    except (KeyError, TypeError, ValueError) as exc:
        raise NotDrawn("It has numbers in a form that cannot be read.") from exc
    if sys.byteorder == "big":
        numbers.byteswap()
    return [None if number != number or abs(number) == float("inf") else number for number in numbers]  # type: ignore[misc]


def points(traces: Sequence[Trace], *, is_lying: bool) -> list[dict[str, Any]]:
    """A row for each point. `x` is its place on the axis that the traces share, `y` its value, also if bars lie."""
    return [row for trace in traces for row in _points(trace, *(("y", "x") if is_lying else ("x", "y")))]


def _points(trace: Trace, along: str, across: str) -> Iterator[dict[str, Any]]:
    values = values_of(trace, across)
    if values is None:
        raise NotDrawn("It has no values.")
    places = values_of(trace, along) or list(range(len(values)))
    marker = trace.get("marker")
    sizes = marker.get("size") if isinstance(marker, dict) else None
    for at, (place, value) in enumerate(zip(places, values, strict=False)):
        size = {"size": sizes[at]} if isinstance(sizes, list) and at < len(sizes) else {}
        yield {"x": place, "y": value, "series": trace["name"]} | size


def name_of(trace: Trace, number: int) -> str:
    return words(trace.get("name")) or f"trace {number}"


def words(text: Any) -> str:
    """The words of a title or a label, which may have HTML; empty for anything else."""
    if isinstance(text, dict):
        text = text.get("text")
    return " ".join(_TAG.sub(" ", text).split())[:300] if isinstance(text, str) else ""


def has_lines(trace: Trace) -> bool:
    return "lines" in str(trace.get("mode", "lines")) or bool(trace.get("fill", "none") != "none")


def has_points(trace: Trace) -> bool:
    default = "markers" if len(values_of(trace, "y") or ()) < MAX_MARKED_POINTS else ""
    return "markers" in str(trace.get("mode", default))


def is_filled(trace: Trace) -> bool:
    return trace.get("fill", "none") != "none" or "stackgroup" in trace


def is_date(value: Any) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def milliseconds(date: str) -> float | None:
    """As if it were UTC, so that it is shown as it is written. None for what is no date."""
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000
    except ValueError:
        return None
