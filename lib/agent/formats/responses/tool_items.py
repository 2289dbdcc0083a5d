"""Reads tool calls and their results from items of the Responses API, including built-in tools."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event
from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.tools import result_events
from lib.agent.formats.shared.values import as_json, name_of
from lib.messages.parts import Approval, ToolCall, ToolResult

NO_ID = "The agent asked for an approval without an id, so nobody can answer. This call was not made."
_TYPES = ("function_call_output", "mcp_approval_request")
_ARGUMENTS = ("arguments", "action", "queries", "code", "input")
_OUTPUTS = ("output", "outputs", "results", "error")


def is_tool(kind: str) -> bool:
    """Whether an item of this type is a call or a result: `function_call`, `mcp_call`, `web_search_call`, …"""
    return kind in _TYPES or kind.endswith("_call") or kind.endswith("_call_output")


class ToolItems:
    """Emits each call and each result once, and at the end the calls whose arguments were never finished."""

    def __init__(self) -> None:
        self._unfinished: dict[str, dict[str, Any]] = {}
        self._arguments: dict[str, list[str]] = {}
        self._emitted: set[tuple[str, str, int]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()

    @staticmethod
    def key(item: dict[str, Any]) -> tuple[str, str]:
        return name_of(item.get("type")), name_of(item.get("call_id")) or name_of(item.get("id"))

    def counts(self) -> Counter[tuple[str, str]]:
        """How many items were emitted, by key."""
        return Counter(self._counts)

    def begin(self, item: dict[str, Any]) -> None:
        if name_of(item.get("type")).endswith("_call") and (item_id := name_of(item.get("id"))):
            self._unfinished[item_id] = item
            self._arguments[item_id] = []

    def add_arguments(self, item_id: str, delta: str) -> None:
        if item_id in self._unfinished:
            self._arguments[item_id].append(delta)

    def set_arguments(self, item_id: str, arguments: Any) -> None:
        """Replace the pieces by the whole arguments, which the server sends when they are done."""
        if item_id in self._unfinished and arguments:
            self._arguments[item_id] = [as_json(arguments)]

    def new(self, item: dict[str, Any]) -> list[Event] | None:
        """The events of a finished item; None if it was emitted before. An id alone does not tell: agents reuse ids."""
        self._finish(item)
        events, key = list(_events(item)), self.key(item)
        fingerprint = (*key, hash(repr(events)))
        if fingerprint in self._emitted:
            return None
        if key[1]:
            self._emitted.add(fingerprint)
        self._counts[key] += 1
        return events

    def abandon(self) -> None:
        """Forget the calls that have begun and are not finished."""
        self._unfinished = {}

    def unfinished(self) -> Iterator[Event]:
        unfinished, self._unfinished = self._unfinished, {}
        for item_id, item in unfinished.items():
            arguments = "".join(self._arguments[item_id])
            yield from _events({**item, "arguments": arguments} if arguments else item)

    def _finish(self, item: dict[str, Any]) -> None:
        if self._unfinished.pop(name_of(item.get("id")), None) is None and (call_id := name_of(item.get("call_id"))):
            # Some agents finish an item under another id than the one it was announced with.
            self._unfinished = {id: call for id, call in self._unfinished.items() if call.get("call_id") != call_id}


def _events(item: dict[str, Any]) -> Iterator[Event]:
    kind = name_of(item.get("type"))
    call_id = name_of(item.get("call_id")) or name_of(item.get("id"))
    if kind.endswith("_call_output"):
        yield from result_events(call_id, item.get("output"))
    elif kind == "mcp_approval_request":
        yield ToolCall(call_id, _name(item), as_json(item.get("arguments")))
        yield (
            Approval(call_id, server=name_of(item.get("server_label")) or None)
            if call_id
            else ToolResult(call_id, NO_ID)
        )
    elif request_id := name_of(item.get("approval_request_id")):
        # The call is known: the agent has asked whether it may make it.
        if (output := _first(item, _OUTPUTS)) is not None:
            yield from result_events(request_id, output)
    elif kind.endswith("_call"):
        yield ToolCall(call_id, _name(item), as_json(_first(item, _ARGUMENTS)))
        if (image := file_of(item)) and image.url:
            yield ToolResult(call_id, f"({image.media_type})")
            yield image
        elif (output := _first(item, _OUTPUTS)) is not None:
            yield from result_events(call_id, output)


def _name(item: dict[str, Any]) -> str:
    """The name of the tool. Built-in tools have none, so their type is used."""
    return name_of(item.get("name")) or name_of(item.get("type")).removesuffix("_call") or "tool"


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The first value that is not empty, else the first that is not null: an empty object is a valid argument too."""
    present = [item[key] for key in keys if item.get(key) is not None]
    return next((value for value in present if value), present[0] if present else None)
