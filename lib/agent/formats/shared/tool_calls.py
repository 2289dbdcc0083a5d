"""Tool calls of the chat formats, which come in pieces."""

from collections.abc import Iterator
from typing import Any

from lib.agent.formats.shared.text import as_json, name_of
from lib.messages.parts import ToolCall


class ChatCalls:
    """Gathers the pieces until the next thing begins."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def add(self, message: dict[str, Any]) -> None:
        calls = message.get("tool_calls")
        for position, call in enumerate(calls if isinstance(calls, list) else []):
            if isinstance(call, dict):
                self._piece(call, call.get("index", position))
        if isinstance(function := message.get("function_call"), dict):
            # Before there were several calls in a message there was one, without an id.
            self._piece({"function": function}, "function_call")

    def told(self) -> Iterator[ToolCall]:
        """Each of them, once."""
        calls, self._calls = self._calls, []
        for call in calls:
            yield ToolCall(call.id, call.name or "tool", "".join(call.arguments))

    def _piece(self, call: dict[str, Any], index: Any) -> None:
        """Add to the call that this is a piece of. Some agents give every call the index 0, but an id of its own."""
        call_id = name_of(call.get("id"))
        known = next((known for known in reversed(self._calls) if known.is_same(index, call_id)), None)
        if known is None:
            known = _Call(index)
            self._calls.append(known)
        # LangChain has no `function`, but its fields beside the id.
        function = call.get("function") if "function" in call else {**call, "arguments": call.get("args")}
        known.add(call_id, function)


class _Call:
    """A tool call that is still being written."""

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
