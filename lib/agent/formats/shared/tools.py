"""Joins tool calls that are streamed in pieces, as in the chat formats, and reads tool results in any format."""

import json
from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event
from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.values import as_json, name_of, text_of
from lib.messages.parts import File, ToolCall, ToolResult


class ToolCallPieces:
    """Collects the pieces of calls until something else begins."""

    def __init__(self) -> None:
        self._calls: list[_PartialCall] = []

    def add(self, message: dict[str, Any]) -> None:
        calls = message.get("tool_calls")
        for position, call in enumerate(calls if isinstance(calls, list) else []):
            if isinstance(call, dict):
                self._piece(call, call.get("index", position))
        if isinstance(function := message.get("function_call"), dict):
            # The older form: one call per message, without an id.
            self._piece({"function": function}, "function_call")

    def completed(self) -> Iterator[ToolCall]:
        """The calls since `completed` was called last."""
        calls, self._calls = self._calls, []
        for call in calls:
            yield ToolCall(call.id, call.name or "tool", "".join(call.arguments))

    def _piece(self, call: dict[str, Any], index: Any) -> None:
        """Add to the call with this index and id. Some agents give every call the index 0 and only the id differs."""
        call_id = name_of(call.get("id"))
        partial = next((each for each in reversed(self._calls) if each.is_same(index, call_id)), None)
        if partial is None:
            partial = _PartialCall(index)
            self._calls.append(partial)
        # LangChain has no `function`: its fields are in the call itself.
        function = call.get("function") if "function" in call else {**call, "arguments": call.get("args")}
        partial.add(call_id, function)


class _PartialCall:
    """A tool call that is not complete yet."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.id = self.name = ""
        self.arguments: list[str] = []

    def is_same(self, index: Any, call_id: str) -> bool:
        return bool(self._index == index and (not call_id or not self.id or call_id == self.id))

    def add(self, call_id: str, function: Any) -> None:
        self.id = self.id or call_id
        if isinstance(function, dict):
            self.name = self.name or name_of(function.get("name"))
            self.arguments.append(as_json(function.get("arguments")))


def result_events(call_id: str, output: Any) -> Iterator[Event]:
    """The result as text, and its images and other files."""
    yield ToolResult(call_id, output_text(output))
    yield from output_files(output)


def output_text(value: Any) -> str:
    """A tool's output as text: a string unchanged, content parts as their text, other values as JSON."""
    if isinstance(value, str):
        parsed = _parts_in(value)
        return value if parsed is None else output_text(parsed)
    if isinstance(value, dict) and isinstance(value.get("content"), list) and _are_parts(value["content"]):
        return _mcp_result(value)
    if isinstance(value, list) and value and _are_parts(value):
        return "\n".join(filter(None, map(_part_text, value)))
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def output_files(value: Any) -> list[File]:
    """The images and other files in a tool's output."""
    if isinstance(value, str):
        value = _parts_in(value)
    if isinstance(value, dict):
        value = value.get("content")
    return [file for part in value if (file := file_of(part))] if isinstance(value, list) and _are_parts(value) else []


def _mcp_result(result: dict[str, Any]) -> str:
    """The text of a Model Context Protocol result."""
    text = output_text(result["content"] or None)
    if not text and result.get("structuredContent") is not None:
        text = json.dumps(result["structuredContent"], ensure_ascii=False)
    failed = result.get("isError") is True and "error" not in text.lower()
    return f"Error: {text}" if failed else text


def _parts_in(text: str) -> Any:
    """The content parts in a text that is JSON; None for other text."""
    if not text.lstrip().startswith(("[", "{")) or '"type"' not in text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    parts = value.get("content") if isinstance(value, dict) else value
    return value if isinstance(parts, list) and parts and _are_parts(parts) else None


def _are_parts(values: list[Any]) -> bool:
    """Whether all values are content parts, and not rows of a table, which may have a column `text` too."""
    return all(
        isinstance(value, dict) and (_is_text(value) or file_of(value) or _embedded_resource(value)) for value in values
    )


def _is_text(part: dict[str, Any]) -> bool:
    return part.get("type") in ("text", "output_text", "input_text") and isinstance(part.get("text"), str)


def _embedded_resource(part: dict[str, Any]) -> dict[str, Any] | None:
    inner = part.get("resource")
    return inner if part.get("type") == "resource" and isinstance(inner, dict) else None


def _part_text(part: dict[str, Any]) -> str:
    if _is_text(part):
        return str(part["text"])
    if inner := _embedded_resource(part):
        return text_of(inner) or text_of(inner.get("uri"))
    file = file_of(part)
    return f"({file.media_type}{f': {file.name}' if file.name else ''})" if file else ""
