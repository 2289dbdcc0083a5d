"""Reads a specification in Vega-Lite: a copy of what is allowed in it, with its data, in the app's looks."""

from collections.abc import Mapping
from typing import Any

from lib.figures.extent import check_extent, fields_of, marks_of
from lib.figures.figure import Chart, NotDrawn
from lib.figures.grammar import COMPOSED, DROPPED, check_property, check_view

MAX_ROWS = 5_000
PIXELS = {"width": (40, 1_000), "height": (40, 800), "step": (4, 60)}
Rows = list[dict[str, Any]]
# Vega draws these black, which cannot be seen in the dark theme. For screen readers, a line across the chart would be a
# picture without a name.
LEGIBLE = {
    "rule": {"color": "#7a7a7a", "aria": False},
    "text": {"color": "#7a7a7a"},
    "boxplot": {"rule": {"color": "#7a7a7a"}},
}


def read_vega_lite(spec: object) -> Chart:
    """Raises NotDrawn."""
    if not isinstance(spec, dict):
        raise NotDrawn("It is not an object.")
    if "/vega/" in str(spec.get("$schema")):
        raise NotDrawn("It is in Vega, not in Vega-Lite.")
    datasets = spec.get("datasets", {})
    view = {name: value for name, value in spec.items() if name not in DROPPED}
    copied = _Reader(datasets if isinstance(datasets, dict) else {}).view(view)
    check_extent(copied)
    alt = _text(copied.pop("description", None)) or _text(copied.get("title")) or _described(copied)
    return Chart(copied | {"config": LEGIBLE}, alt)


class _Reader:
    def __init__(self, datasets: Mapping[str, Any]) -> None:
        self._datasets = datasets

    def view(self, view: Any) -> dict[str, Any]:
        if not isinstance(view, dict):
            raise NotDrawn("A part of it is not an object.")
        check_view(view)
        copied = {name: self._part(name, value) for name, value in view.items()}
        return {name: value for name, value in copied.items() if value is not None}

    def _part(self, name: str, value: Any) -> Any:
        if name in COMPOSED:
            return [self.view(each) for each in (value if isinstance(value, list) else [value])]
        if name == "spec":
            return self.view(value)
        return _size(name, value) if name in PIXELS else self._copy(name, value)

    def _copy(self, name: str, value: Any) -> Any:
        """`name` is that of the value, or of the list that it is in."""
        check_property(name, value)
        if name == "data" and value is not None:
            return self._data(value)
        if isinstance(value, dict):
            return {each: self._copy(each, inner) for each, inner in value.items()}
        return [self._copy(name, each) for each in value] if isinstance(value, list) else value

    def _data(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or data.keys() & {"url", "sphere", "graticule"}:
            raise NotDrawn("Its data are elsewhere.")
        if _has_own_format(data.get("format")):
            raise NotDrawn("Its data have a format of their own.")
        if "sequence" in data:
            return {"values": _sequence(data["sequence"])}
        return {"values": _rows(data.get("values", self._datasets.get(str(data.get("name")))))}


def _has_own_format(data_format: Any) -> bool:
    """Whether it is read otherwise than as rows of JSON. Dates in the usual forms are found without being told."""
    if not isinstance(data_format, dict):
        return False
    parsed = data_format.get("parse") or {}
    is_plain = isinstance(parsed, dict) and all(":" not in str(how) for how in parsed.values())
    return not is_plain or bool(data_format.keys() - {"parse", "type"}) or data_format.get("type", "json") != "json"


def _rows(values: Any) -> Rows:
    """Single values become rows with the column that Vega-Lite gives them."""
    if not isinstance(values, list) or not values:
        raise NotDrawn("It has no data.")
    if len(values) > MAX_ROWS:
        raise NotDrawn(f"It has more than {MAX_ROWS:,} rows.")
    rows = [value if isinstance(value, dict) else {"data": value} for value in values]
    if any(isinstance(cell, dict | list) for row in rows for cell in row.values()):
        raise NotDrawn("Its rows have values within values.")
    mixed = {name for name in {name for row in rows for name in row} if _is_mixed(name, rows)}
    if any("image" in row for row in rows):
        raise NotDrawn("It loads something from elsewhere.")
    return [{name: _as_text(cell) if name in mixed else cell for name, cell in row.items()} for row in rows]


def _is_mixed(name: str, rows: Rows) -> bool:
    """Whether a column has texts and other values. Streamlit sends a column of one type."""
    types = {type(row[name]) for row in rows if row.get(name) is not None}
    return len(types) > 1 and not types <= {int, float}


def _as_text(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else str(cell)


def _sequence(sequence: Any) -> Rows:
    start, stop, step = (_number(sequence, name, default) for name, default in (("start", 0), ("stop", 0), ("step", 1)))
    count = (stop - start) / step if step else MAX_ROWS + 1
    if not 0 < count <= MAX_ROWS:
        raise NotDrawn(f"Its sequence is empty or has more than {MAX_ROWS:,} numbers.")
    return [{str(sequence.get("as", "data")): start + number * step} for number in range(-int(-count // 1))]


def _number(sequence: Any, name: str, default: float) -> float:
    value = sequence.get(name, default) if isinstance(sequence, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotDrawn("Its sequence is not valid.")
    return value


def _size(name: str, value: Any) -> Any:
    """Within bounds; None for what has no meaning here."""
    if isinstance(value, dict) and "step" in value:
        step = _size("step", value["step"])
        return {"step": step} if step else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if value == "container" and name == "width" else None
    least, most = PIXELS[name]
    return min(max(value, least), most)


def _text(title: Any) -> str:
    """The words of a title, which may be lines and may have a style."""
    if isinstance(title, dict):
        title = title.get("text")
    if isinstance(title, list):
        title = " ".join(map(str, title))
    return " ".join(title.split())[:200] if isinstance(title, str) else ""


def _described(spec: Mapping[str, Any]) -> str:
    marks, fields = (", ".join(dict.fromkeys(names)) for names in (marks_of(spec), fields_of(spec)))
    return f"Chart ({marks}): {fields}"[:200] if fields else f"Chart ({marks})"
