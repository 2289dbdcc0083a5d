"""Tables in the shapes in which tools give them."""

from collections.abc import Sequence
from typing import Any

MAX_ROWS = 1_000

Row = dict[str, Any]


def rows_of(data: Any) -> list[Row]:
    """At most MAX_ROWS rows by column name; empty when it is no table."""
    if isinstance(data, dict):
        return _with_columns(data)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        return [{str(name): _cell(value) for name, value in row.items()} for row in data[:MAX_ROWS]]
    return []


def _with_columns(data: dict[str, Any]) -> list[Row]:
    """`{"columns": […], "rows": […]}`, also as a statement's `manifest` and `result` give it."""
    columns, rows = data.get("columns"), data.get("rows", data.get("data"))
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        return rows_of(rows)
    if not (isinstance(columns, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
        return []
    names = _unique([str(column.get("name") if isinstance(column, dict) else column) for column in columns])
    return [dict(zip(names, map(_cell, row), strict=False)) for row in rows[:MAX_ROWS]]


def _unique(names: Sequence[str]) -> list[str]:
    return [name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)]


def _cell(value: Any) -> Any:
    """What is nested is shown as text: a column of both would be refused."""
    return str(value) if isinstance(value, list | dict) else value
