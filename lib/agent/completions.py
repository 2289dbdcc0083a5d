"""The chat formats: chat completions (`choices`) and ChatAgent (`delta` with a message id, or `messages`)."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, MessageStart, ReasoningDelta, TextDelta, ToolCall, ToolResult, Usage
from lib.agent.text import text_of


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in one of these formats."""
    return (
        isinstance(data.get("choices"), list)
        or isinstance(data.get("delta"), dict)
        or isinstance(data.get("messages"), list)
    )


class CompletionsParser:
    """Tool calls come in pieces by index and are told when the next thing begins, or at the end."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}
        self._message_id: Any = None
        self._spoke = False

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        for choice in data.get("choices") or []:
            if isinstance(choice, dict) and choice.get("index", 0) == 0:
                yield from self._message(choice.get("delta") or choice.get("message") or {})
                if choice.get("finish_reason"):
                    yield from self.flush()
        if isinstance(data.get("delta"), dict):
            yield from self._message(data["delta"])
        for message in data.get("messages") or []:
            yield from self._message(message)
            yield from self.flush()
        if isinstance(data.get("usage"), dict):
            yield Usage(data["usage"])

    def flush(self) -> Iterator[Event]:
        """The tool calls that are complete by now."""
        calls, self._calls = self._calls, {}
        for call in calls.values():
            yield ToolCall(call["id"], call["name"] or "tool", call["arguments"])

    def _message(self, message: Any) -> Iterator[Event]:
        if not isinstance(message, dict):
            return
        if message.get("role") == "tool":
            yield from self.flush()
            yield ToolResult(str(message.get("tool_call_id") or ""), text_of(message.get("content")))
            return
        yield from self._reasoning(message)
        yield from self._text(message)
        for position, call in enumerate(message.get("tool_calls") or []):
            if isinstance(call, dict):
                self._piece(call, call.get("index", position))

    def _reasoning(self, message: dict[str, Any]) -> Iterator[Event]:
        for key in ("reasoning_content", "reasoning"):
            if isinstance(message.get(key), str):
                yield ReasoningDelta(message[key])
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            if isinstance(part, dict) and part.get("type") == "reasoning":
                yield ReasoningDelta(text_of(part.get("summary")) or text_of(part))

    def _text(self, message: dict[str, Any]) -> Iterator[Event]:
        content = message.get("content")
        if isinstance(content, list):
            content = [part for part in content if not (isinstance(part, dict) and part.get("type") == "reasoning")]
        text = text_of(content)
        if not text:
            return
        yield from self.flush()
        if self._spoke and message.get("id") != self._message_id:
            yield MessageStart()
        self._spoke, self._message_id = True, message.get("id")
        yield TextDelta(text)

    def _piece(self, call: dict[str, Any], index: int) -> None:
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        known = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        known["id"] = known["id"] or str(call.get("id") or "")
        known["name"] = known["name"] or str(function.get("name") or "")
        known["arguments"] += text_of(function.get("arguments"))
