"""Fetches the result of a query that Genie ran, as much of it as an answer may hold."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lib.agent.endpoints.genie.api import GenieApi, Json
from lib.agent.endpoints.genie.poll import LONGER_EACH_TIME, MAX_PAUSE_SECONDS, MOST_SECONDS
from lib.agent.endpoints.genie.raw_messages import attachment_id, row_count
from lib.agent.formats.shared.values import dict_or_empty, name_of, text_of
from lib.agent.http.refusals import Refused
from lib.agent.http.server_error import read
from lib.errors import AgentFailed
from lib.messages.genie_id import GenieId

EXPIRED = "Genie no longer has the result of this query. Ask again to have it run anew."
NOT_FETCHED = "The query ran, but its result could not be fetched."
FAILED = "The query failed."
CANCELLED = "The query was cancelled."
CUT_BY_GENIE = "Genie gives only the first rows of this result: the table shows {shown} of them."
CUT_HERE = "The result is too large to be kept: the table shows its first {shown} of {total} rows."
_RUNNING = ("PENDING", "RUNNING")


@dataclass(frozen=True)
class Result:
    """`output` has the shape of the Statement Execution API, or is `{"error": …}` if there is no result to be had.

    `note` says that rows are missing; empty if none are.
    """

    output: Json
    note: str = ""


async def result_of(api: GenieApi, id: GenieId, attachment: Json, most_bytes: int) -> Result:
    path = f"{id.path}/attachments/{quote(attachment_id(attachment), safe='')}/query-result"
    try:
        statement = await _finished(api, path)
    except Refused as refusal:
        if refusal.is_stale_user_token or refusal.missing_scope:
            raise
        sentence = EXPIRED if refusal.status in (404, 410) else NOT_FETCHED
        return Result({"error": refusal.error.sentence_after(sentence)})
    except AgentFailed:
        return Result({"error": NOT_FETCHED})
    status = dict_or_empty(statement.get("status"))
    match name_of(status.get("state")):
        case "FAILED":
            return Result({"error": read(status.get("error")).sentence_after(FAILED)})
        case "CANCELED":
            return Result({"error": CANCELLED})
        case "CLOSED":
            return Result({"error": EXPIRED})
    return _table(statement, attachment, most_bytes)


async def _finished(api: GenieApi, path: str) -> Json:
    gives_up_at, pause_seconds = time.monotonic() + MOST_SECONDS, api.transport.limits.first_pause_seconds
    while True:
        statement = dict_or_empty((await api.get(path)).get("statement_response"))
        state = name_of(dict_or_empty(statement.get("status")).get("state"))
        if state not in _RUNNING or time.monotonic() > gives_up_at:
            return statement
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * LONGER_EACH_TIME, MAX_PAUSE_SECONDS)


def _table(statement: Json, attachment: Json, most_bytes: int) -> Result:
    """Columns and rows alone: the rest of a response is about chunks and links that expire."""
    manifest = dict_or_empty(statement.get("manifest"))
    columns = dict_or_empty(manifest.get("schema")).get("columns")
    if not isinstance(columns, list) or not columns:
        return Result({"error": NOT_FETCHED})
    rows = _rows(dict_or_empty(statement.get("result")))
    kept = _that_fit(rows, most_bytes)
    said_count, is_cut = row_count(attachment)
    counted = name_of(manifest.get("total_row_count"))
    total = max(said_count or 0, int(counted) if counted.isdecimal() else 0, len(rows))
    note = ""
    if len(kept) < len(rows):
        note = CUT_HERE.format(shown=len(kept), total=total)
    elif is_cut or manifest.get("truncated") is True or total > len(rows):
        note = CUT_BY_GENIE.format(shown=len(kept))
    named = [_about(column) for column in columns]
    schema = {"columns": named}
    output = {"manifest": {"schema": schema, "total_row_count": total}, "result": {"data_array": kept}}
    return Result(output, note)


def _about(column: Any) -> Json:
    given = dict_or_empty(column)
    return {name: given[name] for name in ("name", "type_text", "type_name") if given.get(name)}


def _rows(result: Json) -> list[list[Any]]:
    rows = result.get("data_array")
    if not isinstance(rows, list):
        typed = result.get("data_typed_array")
        listed = typed if isinstance(typed, list) else []
        rows = [[_value(value) for value in dict_or_empty(row).get("values") or []] for row in listed]
    return [row for row in rows if isinstance(row, list)]


def _value(value: Any) -> Any:
    return text_of(next(iter(value.values()), None)) if isinstance(value, dict) and value else None


def _that_fit(rows: Sequence[list[Any]], most_bytes: int) -> list[list[Any]]:
    kept, left_bytes = [], most_bytes
    for row in rows:
        left_bytes -= len(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")) + 2
        if left_bytes < 0:
            break
        kept.append(row)
    return kept
