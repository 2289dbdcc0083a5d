"""Draws what a tool gave: a table that can be sorted, searched, seen in full screen and downloaded, or text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from lib.tables.columns import decimals_of
from lib.tables.csv_file import to_csv
from lib.tables.parse import Table, parse_output
from lib.tables.shown_values import SHOWN_ROWS, shown_values
from lib.ui.language import _, number_text


@dataclass(frozen=True)
class ShownTable:
    """The first rows of a table as values by column, and the formats of those columns that need one."""

    table: Table
    values: dict[str, list[Any]]
    formats: dict[str, Any]

    @property
    def count(self) -> int:
        return min(len(self.table.rows), SHOWN_ROWS)


def draw_output(output: str, key: str) -> None:
    """Draw as many rows of a table as stay quick, and offer the others as CSV. `key` is unique on the page."""
    shown = prepared(output)
    if isinstance(shown, str):
        st.code(shown, language=None, wrap_lines=True)
        return
    st.dataframe(shown.values, hide_index=True, column_config=shown.formats)
    table = shown.table
    if table.total > shown.count:
        showing = _("Showing {shown} of {count} rows.")
        st.caption(showing.format(shown=number_text(shown.count), count=number_text(table.total)))
    if len(table.rows) > shown.count:
        is_all = table.total == len(table.rows)
        label = _("Download all {count} rows as CSV") if is_all else _("Download {count} rows as CSV")
        st.download_button(
            label.format(count=number_text(len(table.rows))),
            # A function, so that the CSV is built only when the user downloads it.
            lambda: to_csv(table.columns, table.rows),
            file_name="rows.csv",
            mime="text/csv",
            key=f"csv-{key}",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def prepared(output: str) -> ShownTable | str:
    """The table in the output, else the text in it."""
    table = parse_output(output)
    if isinstance(table, str):
        return table
    values = shown_values(table)
    formats = {name: format_of(name, column) for name, column in values.items()}
    return ShownTable(table, values, {name: each for name, each in formats.items() if each})


def format_of(name: str, column: Sequence[Any]) -> Any:
    """Numbers as they are written where the reader is; None for columns that measure nothing."""
    decimals = decimals_of(name, column)
    if decimals is None:
        return None
    return st.column_config.NumberColumn(format="localized", step=10**-decimals if decimals else 1)
