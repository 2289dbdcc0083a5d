"""Draws what has changed since an earlier version of an answer: a sentence, and the rows that differ."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from lib.tables.changes_table import SHOWN_CHANGES, ChangesTable, changes_table
from lib.tables.diff import TableDiff, diff_of
from lib.tables.parse import Table, parse_output
from lib.ui.answer.history import Earlier
from lib.ui.answer.tool_output import format_of
from lib.ui.markdown.escape import escape_text

NOT_READ = "The earlier version cannot be read right now."
NO_KEY = "No column tells the rows apart, so a row in which anything is different counts as gone and added."
CUT = "The result was cut at a limit, and a row that has moved across it counts as added or gone."


def draw_changes(earlier: Earlier, output: str) -> None:
    """`output` is that of the newer version."""
    old_output = earlier.read()
    if old_output is None:
        st.caption(NOT_READ)
        return
    diff, table = _compared(old_output, output, st.context.locale)
    st.markdown(summary(diff, earlier.said_at))
    if diff.count:
        st.dataframe(table.values, hide_index=True, column_config=_formats(table))
    if notes := _notes(diff):
        st.caption(" ".join(notes))


def summary(diff: TableDiff, since: str) -> str:
    """One sentence in Markdown."""
    if not diff.columns:
        return f"The result had other columns at {since}: its rows cannot be compared."
    if not diff.count:
        what = "No row" if diff.added_columns or diff.gone_columns else "Nothing"
        return f"{what} has changed since {since}."
    counts = {"added": diff.added, "gone": diff.gone, "changed": diff.changed}
    first, *others = [(len(rows), what) for what, rows in counts.items() if rows]
    noun = "row" if first[0] == 1 else "rows"
    said = ", ".join([f"{first[0]:,} {noun} {first[1]}", *(f"{count:,} {what}" for count, what in others)])
    return f"**{said}** since {since}."


# A page draws all its answers again in every run.
@lru_cache(maxsize=16)
def _compared(old_output: str, new_output: str, locale: str | None) -> tuple[TableDiff, ChangesTable]:
    old, new = parse_output(old_output), parse_output(new_output)
    assert isinstance(old, Table) and isinstance(new, Table)  # noqa: S101 - each is the output with a result
    diff = diff_of(old, new)
    return diff, changes_table(diff, locale)


def _formats(table: ChangesTable) -> dict[str, Any]:
    formats: dict[str, Any] = {name: format_of(name, values) for name, values in table.values.items()}
    formats |= {name: st.column_config.TextColumn(alignment="right") for name in table.numbers}
    return {name: each for name, each in formats.items() if each}


def _notes(diff: TableDiff) -> Sequence[str]:
    renamed = ", ".join(f"{_named([old])} to {_named([new])}" for old, new in diff.renamed.items())
    notes = {
        f"New columns: {_named(diff.added_columns)}.": diff.added_columns,
        f"Columns that are gone: {_named(diff.gone_columns)}.": diff.gone_columns,
        f"Renamed columns: {renamed}.": renamed,
        NO_KEY: diff.added and diff.gone and not diff.key,
        CUT: diff.is_cut,
        f"The first {SHOWN_CHANGES:,} of {diff.count:,} rows are shown.": diff.count > SHOWN_CHANGES,
    }
    return [note for note, applies in notes.items() if applies]


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(escape_text, names))
