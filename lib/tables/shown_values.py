"""The rows of a table that are shown and drawn."""

from typing import Any

from lib.tables.columns import values_of
from lib.tables.parse import Table

SHOWN_ROWS = 1_000


def shown_values(table: Table) -> dict[str, list[Any]]:
    """The first rows, as values by the names of their columns."""
    columns = [values_of([row[place] for row in table.rows[:SHOWN_ROWS]]) for place in range(len(table.columns))]
    return dict(zip(table.columns, columns, strict=True))
