"""Tool calls and their results as the Responses format has them, built-in tools included."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event
from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.text import as_json, name_of
from lib.agent.formats.shared.tool_results import output_files, output_text
from lib.messages.parts import ToolCall, ToolResult

WAITS = "This call waits for an approval, which cannot be given in this app. It was not made."
_KINDS = ("function_call_output", "mcp_approval_request")
_ARGUMENTS = ("arguments", "action", "queries", "code", "input")
_OUTPUTS = ("output", "outputs", "results", "error")


def is_tool(kind: str) -> bool:
    """Whether an item of this type is a call or a result: `function_call`, `mcp_call`, `web_search_call`, …"""
    return kind in _KINDS or kind.endswith("_call") or kind.endswith("_call_output")


def tool(item: dict[str, Any]) -> Iterator[Event]:
    """What a finished item tells; nothing for one that is no tool's."""
    kind = name_of(item.get("type"))
    call_id = name_of(item.get("call_id")) or name_of(item.get("id"))
    if kind.endswith("_call_output"):
        yield from result(call_id, item.get("output"))
    elif kind == "mcp_approval_request":
        yield ToolCall(call_id, _name(item), as_json(item.get("arguments")))
        yield ToolResult(call_id, WAITS)
    elif kind.endswith("_call"):
        yield ToolCall(call_id, _name(item), as_json(_first(item, _ARGUMENTS)))
        if (image := file_of(item)) and image.url:
            yield ToolResult(call_id, f"({image.media_type})")
            yield image
        elif (output := _first(item, _OUTPUTS)) is not None:
            yield from result(call_id, output)


def result(call_id: str, output: Any) -> Iterator[Event]:
    """And the images that it brought."""
    yield ToolResult(call_id, output_text(output))
    yield from output_files(output)


def _name(item: dict[str, Any]) -> str:
    """A built-in tool has no name but its type."""
    return name_of(item.get("name")) or name_of(item.get("type")).removesuffix("_call") or "tool"


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The first that says something, else the first that is there at all: an empty object is an argument, too."""
    there = [item[key] for key in keys if item.get(key) is not None]
    return next((value for value in there if value), there[0] if there else None)


class BegunCalls:
    """Calls whose arguments are still being written; a stream may end before they are finished."""

    def __init__(self) -> None:
        self._begun: dict[str, dict[str, Any]] = {}
        self._pieces: dict[str, list[str]] = {}

    def begin(self, item: dict[str, Any]) -> None:
        if name_of(item.get("type")).endswith("_call") and (key := name_of(item.get("id"))):
            self._begun[key] = item
            self._pieces[key] = []

    def add(self, item_id: str, delta: str) -> None:
        if item_id in self._begun:
            self._pieces[item_id].append(delta)

    def settle(self, item_id: str, arguments: Any) -> None:
        """All of them, as they are told once more at their end."""
        if item_id in self._begun and arguments:
            self._pieces[item_id] = [as_json(arguments)]

    def finish(self, item: dict[str, Any]) -> None:
        if self._begun.pop(name_of(item.get("id")), None) is None and (call_id := name_of(item.get("call_id"))):
            # Under another id of its own.
            self._begun = {key: begun for key, begun in self._begun.items() if begun.get("call_id") != call_id}

    def unfinished(self) -> Iterator[Event]:
        begun, self._begun = self._begun, {}
        for key, item in begun.items():
            written = "".join(self._pieces[key])
            yield from tool({**item, "arguments": written} if written else item)
