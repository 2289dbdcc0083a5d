"""The tool calls of an answer: name and duration; inside, arguments and output."""

import json
import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lib.messages.parts import ToolResult
from lib.ui.answer.groups import Call
from lib.ui.answer.tables import Table, parse_output
from lib.ui.answer.text_tables import to_csv
from lib.ui.markdown.escape import escape_label

SHOWN_ROWS = 1_000
_CODE_ARGUMENTS = frozenset(["code", "query", "script", "sql", "statement"])
_SQL = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*"
    r"(?:alter|analyze|call|create|delete|describe|drop|explain|grant|insert|merge|optimize|select|show|update|use|with)\b",
    re.IGNORECASE | re.DOTALL,
)


def draw_tool_calls(calls: list[Call], running: bool) -> None:
    """One box for calls in a row. `running`: more may come."""
    is_waiting = running and any(result is None for _, result in calls)
    with st.status(_label(calls), state="running" if is_waiting else "complete"):
        for call, result in calls:
            if len(calls) > 1:
                st.caption(f"{escape_label(call.name)}{_took([result])}")
            _draw_arguments(call.arguments)
            if result:
                _draw_output(result.output, key=f"{call.id}-{running}")


def _label(calls: list[Call]) -> str:
    names = list(dict.fromkeys(call.name for call, _ in calls))
    what = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    times = f" ({len(calls)} calls)" if len(calls) > len(names) else ""
    return f"{escape_label(what)}{times}{_took([result for _, result in calls])}"


def _took(results: Sequence[ToolResult | None]) -> str:
    """Their total duration; empty when one is still running or was not timed."""
    times = [result.duration_ms if result else None for result in results]
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return ""
    took_ms = sum(known)
    return f" · {took_ms / 1000:.1f} s" if took_ms >= 100 else f" · {took_ms} ms"


def _draw_arguments(arguments: str) -> None:
    """Code as code, everything else as it came."""
    codes, rest = arguments_of(arguments)
    for language, code in codes:
        st.code(code, language=language, wrap_lines=True)
    if rest:
        st.code(rest, language="json" if rest[0] in "{[" else language_of("", rest), wrap_lines=True)


def arguments_of(arguments: str) -> tuple[list[tuple[str | None, str]], str]:
    """The arguments that are code, each with its language, and the others as text. None is left out."""
    try:
        data: Any = json.loads(arguments)
    except (ValueError, RecursionError):
        return [], arguments
    if not isinstance(data, dict):
        return [], arguments
    codes = {name: value for name, value in data.items() if _is_code(name) and isinstance(value, str) and value.strip()}
    others = {name: value for name, value in data.items() if name not in codes}
    rest = json.dumps(others, ensure_ascii=False, indent=2) if others else ""
    return [(language_of(name, code), code) for name, code in codes.items()], rest


def _is_code(name: str) -> bool:
    return not _CODE_ARGUMENTS.isdisjoint(re.split(r"[^a-z]+|(?<=[a-z])(?=[A-Z])", name.lower()))


def language_of(name: str, code: str) -> str | None:
    """By the argument's name, else by how the code begins: an argument named query may hold plain words."""
    if "python" in name.lower():
        return "python"
    if "sql" in name.lower() or _SQL.match(code):
        return "sql"
    return "python" if name.lower() in ("code", "script") else None


def _draw_output(output: str, key: str) -> None:
    """A table as a table, to sort, search and download as CSV; anything else as it came."""
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
            # Built when it is downloaded, not in every run.
            lambda: to_csv(table.columns, table.rows),
            file_name="rows.csv",
            mime="text/csv",
            key=f"csv-{key}",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
        )
