"""Tool calls and their results as the Responses format has them, built-in tools included."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, ToolCall, ToolResult
from lib.agent.text import name_of, text_of, written

WAITS = "This call waits for an approval, which cannot be given in this app. It was not made."
_KINDS = ("function_call_output", "mcp_approval_request")


def is_tool(kind: str) -> bool:
    """Whether an item of this type is a call or a result: `function_call`, `mcp_call`, `web_search_call`, …"""
    return kind in _KINDS or kind.endswith("_call") or kind.endswith("_call_output")


def tool(item: dict[str, Any]) -> Iterator[Event]:
    """What a finished item tells; nothing for one that is no tool's."""
    kind = name_of(item.get("type"))
    call_id = name_of(item.get("call_id")) or name_of(item.get("id"))
    if kind.endswith("_call_output"):
        yield ToolResult(call_id, written(item.get("output")))
    elif kind == "mcp_approval_request":
        yield ToolCall(call_id, _name(item), written(item.get("arguments")))
        yield ToolResult(call_id, WAITS)
    elif kind.endswith("_call"):
        yield ToolCall(call_id, _name(item), written(_arguments(item)))
        output = item.get("output") if item.get("output") is not None else item.get("error")
        if output is not None:
            yield ToolResult(call_id, written(output))


def _name(item: dict[str, Any]) -> str:
    """A built-in tool has no name but its type."""
    return name_of(item.get("name")) or name_of(item.get("type")).removesuffix("_call") or "tool"


def _arguments(item: dict[str, Any]) -> Any:
    return next((item[key] for key in ("arguments", "action", "queries", "code", "input") if item.get(key)), "")


class BegunCalls:
    """Calls whose arguments are still being written; a stream may end before they are finished."""

    def __init__(self) -> None:
        self._begun: dict[str, dict[str, Any]] = {}

    def begin(self, item: dict[str, Any]) -> None:
        if item.get("type") == "function_call" and (key := name_of(item.get("id"))):
            self._begun[key] = {**item, "arguments": text_of(item.get("arguments"))}

    def add(self, item_id: str, delta: str) -> None:
        if item_id in self._begun:
            self._begun[item_id]["arguments"] += delta

    def finish(self, item: dict[str, Any]) -> None:
        call_id = name_of(item.get("call_id"))
        self._begun.pop(name_of(item.get("id")), None)
        self._begun = {
            key: begun for key, begun in self._begun.items() if not call_id or begun.get("call_id") != call_id
        }

    def unfinished(self) -> Iterator[Event]:
        begun, self._begun = self._begun, {}
        for item in begun.values():
            yield from tool(item)
