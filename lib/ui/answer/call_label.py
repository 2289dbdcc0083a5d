"""Says in a line what an agent did with its tools, how much came of it and how long it took."""

from collections.abc import Sequence

from lib.messages.arguments import arguments_of
from lib.messages.groups import Call
from lib.messages.parts import ToolResult
from lib.messages.sql_tables import tables_read_by
from lib.tables.parse import Table, parse_output
from lib.ui.markdown.escape import escape_label

NAMED_TABLES = 3


def label_of(calls: Sequence[Call]) -> str:
    """For calls in a row."""
    label = queried(calls) or _names(calls)
    count = f"{len(calls)} calls" if len(calls) > 1 else _rows(calls[0][1])
    return " · ".join(filter(None, (escape_label(label), count, duration_of([result for _, result in calls]))))


def queried(calls: Sequence[Call]) -> str:
    """The tables that were queried; empty unless each of the calls is a query that names some."""
    tables = [_tables(call.arguments) for call, _ in calls]
    if not all(tables):
        return ""
    names = list(dict.fromkeys(name for each in tables for name in each))
    shown, more = names[:NAMED_TABLES], len(names) - NAMED_TABLES
    is_running = any(result is None for _, result in calls)
    return f"{'Querying' if is_running else 'Queried'} {', '.join(shown)}{f' and {more} more' if more > 0 else ''}"


def _tables(arguments: str) -> list[str]:
    codes, _ = arguments_of(arguments)
    return [name for language, code in codes if language == "sql" for name in tables_read_by(code)]


def _names(calls: Sequence[Call]) -> str:
    names = list(dict.fromkeys(call.name for call, _ in calls))
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _rows(result: ToolResult | None) -> str:
    table = parse_output(result.output) if result else ""
    if not isinstance(table, Table):
        return ""
    return f"{table.total:,} {'row' if table.total == 1 else 'rows'}"


def duration_of(results: Sequence[ToolResult | None]) -> str:
    """The total duration; empty if a tool is still running or was not timed."""
    durations_ms = [result.duration_ms for result in results if result and result.duration_ms is not None]
    if not durations_ms or len(durations_ms) < len(results):
        return ""
    total_ms = sum(durations_ms)
    return f"{total_ms / 1000:.1f} s" if total_ms >= 100 else f"{total_ms} ms"
