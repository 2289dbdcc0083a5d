"""The demo agent as a Genie space would have it: at most one query with its result, and a few words."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local.demo.agent import DemoAgent
from local.demo.events import ApprovalRequest, End, Message, TextDelta, ToolCall, ToolResult
from local.demo.intents import INTRODUCTION

_TABLE = re.compile(r"\n\n\|.*", re.DOTALL)
_DESCRIPTION = "The query reads the orders of the shop and sums them up as the question asks."
_INTRODUCTION = """I am a made-up Genie space. I answer questions about the orders, customers and products of an \
outdoor-goods shop, such as "Which region sold most last quarter?"."""
_NO_ACTIONS = "I only answer questions about the data of this space, and cannot send anything."


@dataclass(frozen=True)
class GenieAnswer:
    """`columns` have a name and a type of Databricks SQL. With `error` the query failed."""

    text: str
    sql: str | None = None
    title: str = ""
    description: str = ""
    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[Any]] = ()
    is_truncated: bool = False
    error: str | None = None
    follow_ups: Sequence[str] = field(default=())


def genie_answer(questions: Sequence[str]) -> GenieAnswer:
    """The answer to the last question of a conversation."""
    text, sql, output = "", None, ""
    asked: tuple[str, ...] = ()
    for event in DemoAgent().answer([Message("user", question) for question in questions]):
        match event:
            case TextDelta(piece):
                text += piece
            case ToolCall(_, _, arguments):
                sql = json.loads(arguments)["sql"]
            case ToolResult(_, _, output):
                pass
            case ApprovalRequest():
                text = _NO_ACTIONS
            case End(_, _, suggested):
                # Genie suggests questions about the data only.
                asked = tuple(each for each in suggested if each.endswith("?"))
    # Genie shows a result as a table of its own, not in its words.
    words = _TABLE.sub("", text).strip()
    if sql is None:
        words = _INTRODUCTION if words == INTRODUCTION else words
        return GenieAnswer(words, follow_ups=asked)
    result = json.loads(output)
    if "error" in result:
        return GenieAnswer(words, sql, error=result["error"])
    rows = result["rows"]
    columns = [(name, _type([row[at] for row in rows])) for at, name in enumerate(result["columns"])]
    title = questions[-1].rstrip("?. ")
    is_truncated = bool(result.get("truncated"))
    return GenieAnswer(words, sql, title, _DESCRIPTION, columns, rows, is_truncated, follow_ups=asked)


def _type(values: Sequence[Any]) -> str:
    known = [value for value in values if value is not None]
    for kind, name in ((bool, "BOOLEAN"), (int, "BIGINT"), (int | float, "DOUBLE")):
        if known and all(isinstance(value, kind) for value in known):
            return name
    return "STRING"
