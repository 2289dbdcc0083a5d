"""Finds the table that an answer rests on, and draws it, or a chart of it, below the answer's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from lib.messages.parts import Part, Text, ToolResult
from lib.tables.charts import Chart
from lib.tables.csv_file import to_tsv
from lib.tables.markdown_tables import has_table
from lib.tables.parse import Table, parse_output
from lib.ui.answer.chart import draw_chart, draw_views
from lib.ui.answer.tool_output import draw_output
from lib.ui.copy_button import draw_copy_table

LOOKED_AT_ROWS = 20
MAX_CELL_CHARS = 200
"""A longer text is a passage of a document, not a value."""
MAX_COPIED_ROWS = 500
MAX_COPIED_CHARS = 50_000
"""The browser gets them with the page. A larger table is taken as CSV."""


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


def draw_result(result: Result, parts: Sequence[Part], key: str) -> None:
    """Draw the view that was chosen; none at first if the words have a table already. `key` is unique on the page."""
    is_told = any(isinstance(part, Text) and has_table(part.text) for part in parts)
    output, shown = result.output.output, st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        view = draw_views(output, key, is_open=not is_told)
        if values := _values_to_copy(output):
            draw_copy_table(values)
    with shown:
        if isinstance(view, Chart):
            draw_chart(output, view)
        elif view == "table":
            draw_output(output, key)


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def _values_to_copy(output: str) -> str:
    """Empty if they are too many."""
    table = parse_output(output)
    if isinstance(table, str) or len(table.rows) > MAX_COPIED_ROWS:
        return ""
    values = to_tsv(table.columns, table.rows)
    return values if len(values) <= MAX_COPIED_CHARS else ""
