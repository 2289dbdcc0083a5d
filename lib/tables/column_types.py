"""Converts numbers and booleans that a tool sent as text, so that columns sort by value."""

import re
from collections.abc import Callable, Sequence
from typing import Any

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?(?:[eE][+-]?\d{1,2})?")
"""Numbers that a float shows unchanged. A number with leading zeros is a code and stays text."""
_INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "LONG", "SHORT", "BYTE")
_FLOATS = ("FLOAT", "DOUBLE", "DECIMAL", "REAL", "NUMERIC")


def converted_by_type(rows: list[list[Any]], types: Sequence[str]) -> list[list[Any]]:
    """`types` are SQL types, such as `DECIMAL(10,2)`."""
    return _by_column(rows, lambda place, values: _typed(values, types[place] if place < len(types) else ""))


def converted_by_look(rows: list[list[Any]]) -> list[list[Any]]:
    """Convert the columns in which every value looks like a number; an empty cell becomes None."""
    return _by_column(rows, lambda _, values: _numbers([value or None for value in values]))


def _by_column(rows: list[list[Any]], convert: Callable[[int, list[Any]], list[Any]]) -> list[list[Any]]:
    columns = [convert(place, list(values)) for place, values in enumerate(zip(*rows, strict=True))]
    return [list(row) for row in zip(*columns, strict=True)] if columns else rows


def _typed(values: list[Any], sql_type: str) -> list[Any]:
    kind = sql_type.upper().split("(")[0].strip()
    if kind in _INTEGERS or kind in _FLOATS:
        return _numbers(values)
    if kind == "BOOLEAN":
        return [
            {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value for value in values
        ]
    return values


def _numbers(values: list[Any]) -> list[Any]:
    """Converted, or unchanged if one of the texts is not a number."""
    texts = [value for value in values if isinstance(value, str)]
    if texts and all(_INTEGER.fullmatch(text) for text in texts):
        return [int(value) if isinstance(value, str) else value for value in values]
    if texts and all(_NUMBER.fullmatch(text) for text in texts):
        return [float(value) if isinstance(value, str) else value for value in values]
    return values
