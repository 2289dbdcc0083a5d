"""Estimates how much a Vega-Lite specification draws, so that none makes the browser stand still."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lib.figures.figure import NotDrawn

MAX_VIEWS = 40
MAX_MARKS = 20_000
MAX_CATEGORIES = 500
MAX_BINS = 1_000
CONTAINERS = ("layer", "concat", "hconcat", "vconcat")
Rows = Sequence[Mapping[str, Any]]


def check_extent(spec: Mapping[str, Any]) -> None:
    """Raises NotDrawn. `spec` has its data within it."""
    every_row = list(_rows(spec))
    _check_bins(spec, every_row)
    views, marks = _extent(spec, every_row, len(every_row))
    if views > MAX_VIEWS:
        raise NotDrawn(f"It would be more than {MAX_VIEWS} charts.")
    if marks > MAX_MARKS:
        raise NotDrawn(f"It would draw more than {MAX_MARKS:,} marks.")


def marks_of(view: Mapping[str, Any]) -> Iterator[str]:
    if mark := view.get("mark"):
        yield mark["type"] if isinstance(mark, dict) else mark
    for inner in _inner(view):
        yield from marks_of(inner)


def fields_of(view: Mapping[str, Any]) -> Iterator[str]:
    for definition in view.get("encoding", {}).values():
        if isinstance(definition, dict) and isinstance(definition.get("field"), str):
            yield definition["field"]
    for inner in _inner(view):
        yield from fields_of(inner)


def _inner(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = [each for name in CONTAINERS for each in view.get(name, [])]
    return [*inner, view["spec"]] if "spec" in view else inner


def _rows(view: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from view.get("data", {}).get("values", [])
    for inner in _inner(view):
        yield from _rows(inner)


def _extent(view: Mapping[str, Any], every_row: Rows, count: int) -> tuple[int, int]:
    """The number of charts, and of marks in all of them. `count` is the number of rows that the view is given."""
    _check_categories(view.get("encoding", {}), every_row)
    count = len(view["data"]["values"]) if "data" in view else count
    folded = [len(each["fold"]) for each in view.get("transform", []) if isinstance(each.get("fold"), list)]
    count *= math.prod(folded)
    views, marks = (1, count) if "mark" in view else (0, 0)
    for inner in _inner(view):
        inner_views, inner_marks = _extent(inner, every_row, count)
        views, marks = views + inner_views, marks + inner_marks
    repeated = math.prod(map(len, _lists(view.get("repeat"))))
    parts = math.prod(_distinct(each.get("field"), every_row) for each in _facets(view))
    return views * repeated * parts, marks * repeated


def _facets(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields each of whose values has a chart of its own."""
    facet = view.get("facet")
    facet = facet if isinstance(facet, dict) else {}
    of_view = [facet] if "field" in facet else [*facet.values()]
    of_encoding = [view.get("encoding", {}).get(channel) for channel in ("row", "column", "facet")]
    return [each for each in (*of_view, *of_encoding) if isinstance(each, dict)]


def _lists(repeat: Any) -> list[Sequence[Any]]:
    lists = repeat.values() if isinstance(repeat, dict) else [repeat] if repeat else []
    return [each for each in lists if isinstance(each, list)]


def _distinct(field: Any, rows: Rows) -> int:
    """How many values a column has: as many as rows, if they are worked out in the browser."""
    if not isinstance(field, str) or not any(field in row for row in rows):
        return len(rows)
    return len({row.get(field) for row in rows})


def _check_categories(encoding: Mapping[str, Any], rows: Rows) -> None:
    """Each takes a place on an axis, however high the chart becomes, or a line of its own."""
    for definition in encoding.values():
        if isinstance(definition, dict) and definition.get("type") in ("nominal", "ordinal") and "field" in definition:
            is_grouped = definition.get("bin") or definition.get("timeUnit")
            if not is_grouped and _distinct(definition["field"], rows) > MAX_CATEGORIES:
                raise NotDrawn(f"It has more than {MAX_CATEGORIES} categories.")


def _check_bins(node: Any, rows: Rows) -> None:
    """The browser lists all bins between the least and the greatest value, also the empty ones."""
    if isinstance(node, list):
        for each in node:
            _check_bins(each, rows)
    elif isinstance(node, dict):
        bins = node.get("bin")
        if isinstance(bins, dict) and "step" in bins and not _is_coarse(bins, rows):
            raise NotDrawn(f"It has more than {MAX_BINS:,} bins.")
        for each in node.values():
            _check_bins(each, rows)


def _is_coarse(bins: Mapping[str, Any], rows: Rows) -> bool:
    cells = (cell for row in rows for cell in row.values())
    extent = bins.get("extent")
    numbers = [cell for cell in (*cells, *(extent if isinstance(extent, list) else [])) if type(cell) in (int, float)]
    step = bins["step"]
    span = max(numbers, default=0) - min(numbers, default=0)
    return type(step) in (int, float) and step > 0 and span / step <= MAX_BINS
