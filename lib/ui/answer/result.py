"""Draws the table that an answer rests on, a chart of it, or its changes, below the answer's words."""

from collections.abc import Sequence
from functools import lru_cache

import streamlit as st

from lib.messages.parts import Part, Text
from lib.messages.result import Result
from lib.tables.charts import Chart
from lib.tables.csv_file import to_tsv
from lib.tables.markdown_tables import has_table
from lib.tables.parse import parse_output
from lib.ui.answer.changes import draw_changes
from lib.ui.answer.chart import draw_chart, draw_views
from lib.ui.answer.history import History, choose_earlier
from lib.ui.answer.kept_chart import KeptChart
from lib.ui.answer.tool_output import draw_output
from lib.ui.copy_button import draw_copy_table

MAX_COPIED_ROWS = 500
MAX_COPIED_CHARS = 50_000
"""The browser gets them with the page. A larger table is taken as CSV."""


def draw_result(result: Result, parts: Sequence[Part], key: str, history: History, kept: KeptChart) -> None:
    """Draw the view that was chosen; none at first if the words say it already. `key` is unique on the page."""
    is_told = result.is_trivial or any(isinstance(part, Text) and has_table(part.text) for part in parts)
    output, shown, view = result.output.output, st.container(), None
    with st.container(horizontal=True, vertical_alignment="center"):
        if not result.is_trivial or history.changes != "none":
            view = draw_views(output, key, kept, is_open=not is_told, changes=history.changes)
        earlier = choose_earlier(history, key) if view == "changes" else None
        if not result.is_trivial and (values := _values_to_copy(output)):
            draw_copy_table(values)
        history.draw_action()
    with shown:
        if isinstance(view, Chart):
            draw_chart(output, view)
        elif view == "table":
            draw_output(output, key)
        elif earlier:
            draw_changes(earlier, output)


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def _values_to_copy(output: str) -> str:
    """Empty if they are too many."""
    table = parse_output(output)
    if isinstance(table, str) or len(table.rows) > MAX_COPIED_ROWS:
        return ""
    values = to_tsv(table.columns, table.rows)
    return values if len(values) <= MAX_COPIED_CHARS else ""
