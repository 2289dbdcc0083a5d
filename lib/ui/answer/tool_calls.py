"""Draws the tool calls of an answer: a box with name and duration, and inside it arguments and output."""

from collections.abc import Sequence

import streamlit as st

from lib.messages.arguments import arguments_of, language_of
from lib.messages.groups import Call
from lib.messages.parts import ToolResult
from lib.tables.csv_file import to_csv
from lib.tables.parse import Table, parse_output
from lib.ui.markdown.escape import escape_label

SHOWN_ROWS = 1_000


def draw_tool_calls(calls: list[Call], running: bool) -> None:
    """Draw one box for calls in a row. `running` means that more calls or results may follow."""
    is_waiting = running and any(result is None for _, result in calls)
    with st.status(_label(calls), state="running" if is_waiting else "complete"):
        for call, result in calls:
            if len(calls) > 1:
                st.caption(f"{escape_label(call.name)}{_duration([result])}")
            _draw_arguments(call.arguments)
            if result:
                _draw_output(result.output, key=f"{call.id}-{running}")


def _label(calls: list[Call]) -> str:
    names = list(dict.fromkeys(call.name for call, _ in calls))
    label = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    count = f" ({len(calls)} calls)" if len(calls) > len(names) else ""
    return f"{escape_label(label)}{count}{_duration([result for _, result in calls])}"


def _duration(results: Sequence[ToolResult | None]) -> str:
    """The total duration; empty if a tool is still running or was not timed."""
    durations_ms = [result.duration_ms for result in results if result and result.duration_ms is not None]
    if not durations_ms or len(durations_ms) < len(results):
        return ""
    total_ms = sum(durations_ms)
    return f" · {total_ms / 1000:.1f} s" if total_ms >= 100 else f" · {total_ms} ms"


def _draw_arguments(arguments: str) -> None:
    """Draw each argument that is code with its highlighting, and the others as JSON or text."""
    codes, rest = arguments_of(arguments)
    for language, code in codes:
        st.code(code, language=language, wrap_lines=True)
    if rest:
        st.code(rest, language="json" if rest[0] in "{[" else language_of("", rest), wrap_lines=True)


def _draw_output(output: str, key: str) -> None:
    """Draw a table that can be sorted, searched and downloaded as CSV; any other output as text."""
    parsed = parse_output(output)
    if isinstance(parsed, str):
        st.code(parsed, language=None, wrap_lines=True)
    else:
        _draw_table(parsed, key)


def _draw_table(table: Table, key: str) -> None:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows[:SHOWN_ROWS]]
    st.dataframe(rows or {name: [] for name in table.columns}, hide_index=True, key=f"table-{key}")
    if table.total > len(rows):
        st.caption(f"Showing {len(rows):,} of {table.total:,} rows.")
    if len(table.rows) > len(rows):
        st.download_button(
            f"Download {'all ' if table.total == len(table.rows) else ''}{len(table.rows):,} rows as CSV",
            # A function, so that the CSV is built only when the user downloads it.
            lambda: to_csv(table.columns, table.rows),
            file_name="rows.csv",
            mime="text/csv",
            key=f"csv-{key}",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )
