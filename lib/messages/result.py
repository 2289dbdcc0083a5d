"""Finds the table that an answer rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.messages.parts import Part, ToolResult
from lib.tables.parse import Table, parse_result

LOOKED_AT_ROWS = 20
MAX_CELL_CHARS = 200
"""A longer text is a passage of a document, not a value."""


@dataclass(frozen=True)
class Result:
    """`output` is the part with the table."""

    output: ToolResult
    table: Table

    @property
    def is_trivial(self) -> bool:
        """At most one value. The words of the answer say it, so it needs no table below them."""
        return _cells(self.table) <= 1


def find_result(parts: Sequence[Part]) -> Result | None:
    """The last table that a tool gave. None if there is none, or if it is one of passages or a single text.

    An empty list counts only if there is no table: a tool may also say with it that it has found nothing to do.
    """
    empty = None
    for part in reversed(parts):
        if isinstance(part, ToolResult) and (table := parse_result(part.output)):
            if table.columns:
                return Result(part, table) if _is_data(table) else None
            empty = empty or Result(part, table)
    return empty


def _is_data(table: Table) -> bool:
    """A single text is what a tool says of its work rather than a result; a single number may be asked again."""
    cells = [cell for row in table.rows[:LOOKED_AT_ROWS] for cell in row]
    if _cells(table) == 1 and (isinstance(cells[0], bool) or not isinstance(cells[0], int | float)):
        return False
    return not any(isinstance(cell, str) and len(cell) > MAX_CELL_CHARS for cell in cells)


def _cells(table: Table) -> int:
    return len(table.rows) * len(table.columns)
