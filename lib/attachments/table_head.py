"""The first rows of a table."""

from typing import NamedTuple


class TableHead(NamedTuple):
    """`row_count` and `column_count` are those of the whole table; `row_count` is None where it was not counted."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_count: int | None
    column_count: int
