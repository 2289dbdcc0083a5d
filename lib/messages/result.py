"""Finds the table that an answer rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.messages.parts import Part, ToolResult
from lib.tables.parse import Table, parse_output

LOOKED_AT_ROWS = 20
MAX_CELL_CHARS = 200
"""A longer text is a passage of a document, not a value."""


@dataclass(frozen=True)
class Result:
    """`output` is the part with the table."""

    output: ToolResult
    table: Table


def find_result(parts: Sequence[Part]) -> Result | None:
    """The last table that a tool gave. None if there is none that says more than one value, or if it is of passages."""
    for part in reversed(parts):
        if isinstance(part, ToolResult) and isinstance(table := parse_output(part.output), Table):
            return Result(part, table) if _is_data(table) else None
    return None


def _is_data(table: Table) -> bool:
    has_values = len(table.rows) > 1 or (len(table.rows) == 1 and len(table.columns) > 1)
    cells = (cell for row in table.rows[:LOOKED_AT_ROWS] for cell in row)
    return has_values and not any(isinstance(cell, str) and len(cell) > MAX_CELL_CHARS for cell in cells)
