"""The chat formats: chat completions (`choices`) and ChatAgent (`delta` with a message id, or `messages`)."""

from collections.abc import Iterator
from typing import Any

from lib.agent.citations import Citations
from lib.agent.events import AgentError, Event, MessageStart, ReasoningDelta, TextDelta, ToolCall, ToolResult, Usage
from lib.agent.text import name_of, text_of, written

_NOT_AN_ANSWER = ("user", "system", "developer")
_CUT_SHORT = {
    "length": "the answer is incomplete (it reached the agent's length limit)",
    "content_filter": "the answer is incomplete (a content filter ended it)",
}


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in one of these formats."""
    return (
        isinstance(data.get("choices"), list)
        or isinstance(data.get("delta"), dict)
        or isinstance(data.get("messages"), list)
    )


class CompletionsParser:
    """Tool calls come in pieces and are told when the next thing begins, or at the end."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._message_id = ""
        self._spoke = False
        self._streamed = False
        self._cut_short = ""
        self._citations = Citations()

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        for choice in _list(data.get("choices")):
            if isinstance(choice, dict) and not choice.get("index"):
                yield from self._choice(choice)
        if isinstance(data.get("delta"), dict):
            yield from self._message(data["delta"])
        for message in _list(data.get("messages")):
            yield from self._message(message)
            yield from self._told_calls()
        if isinstance(data.get("usage"), dict):
            yield Usage(data["usage"])

    def flush(self) -> Iterator[Event]:
        """What is left to tell at the end."""
        yield from self._told_calls()
        if self._cut_short:
            yield AgentError(self._cut_short)

    def _choice(self, choice: dict[str, Any]) -> Iterator[Event]:
        if isinstance(choice.get("delta"), dict):
            self._streamed = True
            yield from self._message(choice["delta"])
        elif not self._streamed:
            # Behind deltas it would be the whole message once more.
            yield from self._message(choice.get("message"))
        if reason := name_of(choice.get("finish_reason")):
            self._cut_short = _CUT_SHORT.get(reason, "")
            yield from self._told_calls()

    def _message(self, message: Any) -> Iterator[Event]:
        if not isinstance(message, dict) or message.get("role") in _NOT_AN_ANSWER:
            return
        if message.get("role") == "tool":
            yield from self._told_calls()
            yield ToolResult(name_of(message.get("tool_call_id")), written(message.get("content")))
            return
        yield from self._reasoning(message)
        yield from self._text(message)
        yield from self._citations.of(message.get("annotations"))
        yield from self._citations.of_content(message.get("content"))
        for position, call in enumerate(_list(message.get("tool_calls"))):
            if isinstance(call, dict):
                self._piece(call, call.get("index", position))

    def _reasoning(self, message: dict[str, Any]) -> Iterator[Event]:
        # Some servers give the same text under both names.
        told = text_of(message.get("reasoning_content")) or text_of(message.get("reasoning"))
        if told:
            yield ReasoningDelta(told)
        for part in _list(message.get("content")):
            if _is_reasoning(part):
                yield ReasoningDelta(text_of(part.get("summary")) or text_of(part.get("content")) or text_of(part))

    def _text(self, message: dict[str, Any]) -> Iterator[Event]:
        content = message.get("content")
        if isinstance(content, list):
            content = [part for part in content if not _is_reasoning(part)]
        text = text_of(content)
        if not text:
            return
        yield from self._told_calls()
        message_id = name_of(message.get("id")) or self._message_id
        if self._spoke and message_id != self._message_id:
            yield MessageStart()
        self._spoke, self._message_id = True, message_id
        yield TextDelta(text)

    def _piece(self, call: dict[str, Any], index: Any) -> None:
        """Add to the call that this is a piece of. Some agents give every call the index 0, but an id of its own."""
        call_id = name_of(call.get("id"))
        known = next((known for known in reversed(self._calls) if known.is_same(index, call_id)), None)
        if known is None:
            known = _Call(index)
            self._calls.append(known)
        known.add(call_id, call.get("function"))

    def _told_calls(self) -> Iterator[Event]:
        calls, self._calls = self._calls, []
        for call in calls:
            yield ToolCall(call.id, call.name or "tool", call.arguments)


class _Call:
    """A tool call that is still being written."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.id = self.name = self.arguments = ""

    def is_same(self, index: Any, call_id: str) -> bool:
        return bool(self._index == index and (not call_id or not self.id or call_id == self.id))

    def add(self, call_id: str, function: Any) -> None:
        self.id = self.id or call_id
        if isinstance(function, dict):
            self.name = self.name or name_of(function.get("name"))
            self.arguments += written(function.get("arguments"))


def _is_reasoning(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in ("reasoning", "thinking")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
