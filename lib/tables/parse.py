"""Reads the output of a tool as a table, in each of the many shapes that tools use."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lib.storable import storable
from lib.tables.column_types import converted_by_look, converted_by_type
from lib.tables.text_tables import parse_text_table

Rows = list[list[Any]]
_INSIDE = ("structuredContent", "statement_response", "result", "results", "rows", "records", "data", "items", "output")
_PART = {"type", "text", "id", "annotations", "_meta"}
_MAX_DEPTH = 4


@dataclass(frozen=True)
class Table:
    """Every row has a value for each column. `total` is the number of rows, of which the tool may have sent a part."""

    columns: Sequence[str]
    rows: Rows
    total: int


NO_ROWS = Table((), [], 0)


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def parse_output(output: str) -> Table | str:
    """The table in the output, else its text: the output itself, or the text in it if it is JSON that wraps one."""
    return _of_text(output, 0)


def parse_result(output: str) -> Table | None:
    """The table in the output. An empty list is a table, too, although nothing tells its columns."""
    table = parse_output(output)
    if isinstance(table, Table):
        return table
    return NO_ROWS if table.strip() == "[]" else None


def _of_text(text: str, depth: int) -> Table | str:
    data = _json(text)
    if depth < _MAX_DEPTH and isinstance(data, str):
        return _of_text(data, depth + 1)
    if depth < _MAX_DEPTH and (inner := _text_of_parts(data)) is not None:
        structured = _of_data(data.get("structuredContent"), depth) if isinstance(data, dict) else None
        return structured or _of_text(inner, depth + 1)
    table = _of_data(data, depth) if data is not None else _of_lines(text)
    return table or text


def _json(text: str) -> Any:
    try:
        data = json.loads(text)
        # Only an escape can write half of a character, which no page and no file can show.
        return storable(data) if "\\u" in text else data
    except (ValueError, RecursionError):
        return None


def _text_of_parts(data: Any) -> str | None:
    """The text of a Model Context Protocol result; None for anything else."""
    parts = data.get("content") if isinstance(data, dict) else data
    if not (isinstance(parts, list) and parts and all(isinstance(part, dict) and _is_text(part) for part in parts)):
        return None
    return "\n\n".join(part["text"] for part in parts)


def _is_text(part: dict[str, Any]) -> bool:
    """Whether this is a text part, and not a row of a table that has such columns among others."""
    return part.get("type") == "text" and isinstance(part.get("text"), str) and part.keys() <= _PART


def _of_lines(text: str) -> Table | None:
    """The table in JSON lines or in a text such as CSV."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].lstrip().startswith("{"):
        return _of_records([_json(line) for line in lines])
    parsed = parse_text_table(text)
    return _table(parsed[0], converted_by_look(parsed[1])) if parsed else None


def _of_data(data: Any, depth: int) -> Table | None:
    if isinstance(data, list):
        return _of_records(data) or _of_lists(data)
    if isinstance(data, dict) and depth < _MAX_DEPTH:
        return _of_statement(data) or _of_columns(data) or _of_pandas(data) or _of_inside(data, depth)
    return None


def _of_inside(data: dict[str, Any], depth: int) -> Table | None:
    """The table in one of the usual fields; other fields do not matter."""
    for name in _INSIDE:
        inner = data.get(name)
        if isinstance(inner, dict | list) and (table := _of_data(inner, depth + 1)):
            return table
    return None


def _of_statement(data: dict[str, Any]) -> Table | None:
    """The table of a Statement Execution API result, whose values are all text and whose manifest has the types."""
    manifest, result = data.get("manifest"), data.get("result")
    if not (isinstance(manifest, dict) and isinstance(result, dict)):
        return None
    schema = manifest.get("schema")
    columns = schema.get("columns") if isinstance(schema, dict) else None
    rows = result.get("data_array")
    if not isinstance(rows, list) and isinstance(typed := result.get("data_typed_array"), list):
        rows = [[_typed(value) for value in row.get("values", [])] for row in typed if isinstance(row, dict)]
    if not (
        isinstance(columns, list) and columns and isinstance(rows, list) and all(isinstance(row, list) for row in rows)
    ):
        return None
    types = [
        str(column.get("type_text") or column.get("type_name") or "") for column in columns if isinstance(column, dict)
    ]
    table = _table(_names(columns), rows)
    total = manifest.get("total_row_count")
    total = total if isinstance(total, int) else len(rows)
    return Table(table.columns, converted_by_type(table.rows, types), max(total, len(rows)))


def _typed(value: Any) -> Any:
    return next(iter(value.values()), None) if isinstance(value, dict) else value


def _of_columns(data: dict[str, Any]) -> Table | None:
    """`{"columns": […], "rows": […]}`, or pandas' `split`, whose index becomes a column unless it only counts."""
    columns = data.get("columns")
    rows = next(
        (data[name] for name in ("rows", "data", "data_array", "values") if isinstance(data.get(name), list)), None
    )
    if not (isinstance(columns, list) and columns and isinstance(rows, list)):
        return None
    if not all(isinstance(row, list) for row in rows):
        return None
    index = data.get("index")
    if isinstance(index, list) and len(index) == len(rows) and index != list(range(len(rows))):
        return _table(["", *_names(columns)], [[at, *row] for at, row in zip(index, rows, strict=True)])
    return _table(_names(columns), rows)


def _of_pandas(data: dict[str, Any]) -> Table | None:
    """The table of pandas' `to_dict` or `to_json`, by column or by index."""
    values = list(data.values())
    if len(values) > 1 and all(isinstance(value, list) for value in values):
        if len({len(value) for value in values}) > 1 or len(values[0]) < 2 or not _is_flat(values):
            return None
        return _table(list(data), [list(row) for row in zip(*values, strict=True)])
    if not (values and all(isinstance(value, dict) and value and value.keys() == values[0].keys() for value in values)):
        return None
    inner = list(values[0])
    if all(name.isdecimal() for name in inner):
        return _table(list(data), [[value[at] for value in values] for at in inner])
    if all(name.isdecimal() for name in data):
        return _table(inner, [list(value.values()) for value in values])
    return None


def _of_records(data: list[Any]) -> Table | None:
    if not data or not all(isinstance(row, dict) and row for row in data):
        return None
    names = list(dict.fromkeys(name for row in data for name in row))
    return _table(names, [[row.get(name) for name in names] for row in data])


def _of_lists(data: list[Any]) -> Table | None:
    """The table in a list of lists, the first of which holds the column names."""
    if len(data) < 2 or not all(isinstance(row, list) and len(row) == len(data[0]) > 1 for row in data):
        return None
    head, rows = data[0], data[1:]
    is_head = all(isinstance(name, str) and name for name in head) and len(set(head)) == len(head) and _is_flat(rows)
    return _table(head, rows) if is_head else None


def _is_flat(rows: Rows) -> bool:
    return not any(isinstance(value, list | dict) for row in rows for value in row)


def _names(columns: list[Any]) -> list[str]:
    return [str(column.get("name") if isinstance(column, dict) else column) for column in columns]


def _table(names: Sequence[str], rows: Rows) -> Table:
    width = max([len(names), *map(len, rows)])
    names = [*map(str, names), *(f"({place + 1})" for place in range(len(names), width))]
    unique = [name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)]
    return Table(unique, [[*map(_cell, row), *[None] * (width - len(row))] for row in rows], len(rows))


def _cell(value: Any) -> Any:
    """A nested value becomes JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
