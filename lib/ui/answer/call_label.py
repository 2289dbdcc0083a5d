"""Says in a line what an agent did with its tools, how much came of it and how long it took."""

from collections.abc import Sequence

from lib.messages.arguments import arguments_of
from lib.messages.groups import Call, PartGroup, asked_agents
from lib.messages.parts import ToolResult
from lib.messages.sql_tables import tables_read_by
from lib.messages.tool_failure import is_failure
from lib.tables.parse import Table, parse_output
from lib.ui.dates import duration_text
from lib.ui.language import _, ngettext, number_text
from lib.ui.markdown.escape import escape_label

NAMED_TABLES = 3


def label_of(group: PartGroup) -> str:
    """For calls in a row."""
    calls = group.calls
    results = [call.result for call in calls]
    label = escape_label(_asked(group) or queried(calls) or _names(calls))
    failed = sum(has_failed(result) for result in results)
    if len(calls) > 1:
        counts = [ngettext("{number} call", "{number} calls", len(calls))]
        counts += [_("{number} failed").format(number=number_text(failed))] if failed else []
    else:
        counts = [_("failed") if failed else decision_of(calls[0]) or _rows(results[0])]
    return " · ".join(filter(None, (label, *counts, duration_of(results))))


def _asked(group: PartGroup) -> str:
    """The agents that were asked; empty if tools were used."""
    names = ", ".join(asked_agents(group))
    is_running = any(call.result is None for call in group.calls)
    return (_("Asking {agents}") if is_running else _("Asked {agents}")).format(agents=names) if names else ""


def decision_of(call: Call) -> str:
    """In a word why a call was not made; empty for any other."""
    if call.approval is None or call.approval.is_approved:
        return ""
    return _("not decided") if call.approval.is_approved is None else _("denied")


def has_failed(result: ToolResult | None) -> bool:
    return result is not None and is_failure(result.output)


def queried(calls: Sequence[Call]) -> str:
    """The tables that were queried; empty unless each of the calls is a query that names some."""
    tables = [() if call.is_refused else _tables(call.tool.arguments) for call in calls]
    if not all(tables):
        return ""
    names = list(dict.fromkeys(name for each in tables for name in each))
    shown, more = ", ".join(names[:NAMED_TABLES]), len(names) - NAMED_TABLES
    is_running = any(call.result is None for call in calls)
    if more > 0:
        text = _("Querying {tables} and {more} more") if is_running else _("Queried {tables} and {more} more")
    else:
        text = _("Querying {tables}") if is_running else _("Queried {tables}")
    return text.format(tables=shown, more=more)


def _tables(arguments: str) -> list[str]:
    codes, _rest = arguments_of(arguments)
    return [name for language, code in codes if language == "sql" for name in tables_read_by(code)]


def _names(calls: Sequence[Call]) -> str:
    names = list(dict.fromkeys(call.tool.name for call in calls))
    return names[0] if len(names) == 1 else _("{tool} and {more} more").format(tool=names[0], more=len(names) - 1)


def _rows(result: ToolResult | None) -> str:
    table = parse_output(result.output) if result else ""
    if not isinstance(table, Table):
        return ""
    return ngettext("{number} row", "{number} rows", table.total)


def duration_of(results: Sequence[ToolResult | None]) -> str:
    """The total duration; empty if a tool is still running or was not timed."""
    durations_ms = [result.duration_ms for result in results if result and result.duration_ms is not None]
    if not durations_ms or len(durations_ms) < len(results):
        return ""
    return duration_text(sum(durations_ms))
