"""Reads answers in formats that are not registered: Ollama, Text Generation Inference, Gemini, and any other JSON.

For other JSON the reader guesses by the names of fields, the most certain first.
"""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError, Event, ReasoningDelta, Usage
from lib.agent.formats.shared.citations import citations_of
from lib.agent.formats.shared.content import content_events, is_reasoning, reasoning_events
from lib.agent.formats.shared.failures import cut_short
from lib.agent.formats.shared.files import files_of
from lib.agent.formats.shared.tools import ToolCallPieces
from lib.agent.formats.shared.values import name_of

_ANSWER_FIELDS = (
    *("response", "output_text", "answer", "final_answer", "generated_text", "completion", "reply", "message"),
    *("output", "result", "content", "text", "outputs", "predictions", "delta", "generation", "answers", "results"),
)
"""Fields that hold an answer, or a piece of one, the most certain first."""
_ANSWER_WORDS = (
    "text",
    "token",
    "answer",
    "content",
    "delta",
    "message",
    "chunk",
    "final",
    "result",
    "output",
    "response",
)
_OTHER_WORDS = (
    "tool",
    "input",
    "arg",
    "status",
    "progress",
    "start",
    "end",
    "source",
    "step",
    "human",
    "user",
    "system",
)
"""Words in the type of an event that is part of the answer, and in the type of one that is not."""
_SOURCES = ("sources", "source_documents", "citations", "references")
_USAGE = ("usage", "usage_metadata", "usageMetadata")
_MAX_DEPTH = 5


def has_answer_field(data: dict[str, Any]) -> bool:
    """Whether a field holds an answer. `message` and `text` do not count: errors have them too."""
    return any(data.get(field) for field in _ANSWER_FIELDS if field not in ("message", "text"))


class CustomReader:
    """Reads any JSON. `awaits_end` is True while a server that announces the end of its answers has not done so."""

    def __init__(self) -> None:
        self._calls = ToolCallPieces()
        self._cut_short = ""
        self.awaits_end = False

    def read(self, data: Any) -> Iterator[Event]:
        """The events of the message; none if it cannot be read."""
        if isinstance(data, list):
            # A list of numbers is not an answer.
            data = [item for item in data if isinstance(item, str | dict)]
        if isinstance(data, str | list | dict):
            yield from self._value(data, _MAX_DEPTH)

    def flush(self) -> Iterator[Event]:
        yield from self._calls.completed()
        if self._cut_short:
            yield AgentError(self._cut_short, is_cut_short=True)

    def _value(self, data: Any, depth: int) -> Iterator[Event]:
        if isinstance(data, str | int | float):
            yield from content_events(data)
        elif isinstance(data, list) and depth:
            for position, item in enumerate(data):
                yield from content_events("\n\n" if position and not isinstance(item, dict) else "")
                yield from self._value(item, depth - 1)
        elif isinstance(data, dict) and depth:
            yield from self._object(data, depth)

    def _object(self, data: dict[str, Any], depth: int) -> Iterator[Event]:
        if isinstance(data.get("candidates"), list):
            yield from self._candidates(data["candidates"])
        elif isinstance(token := data.get("token"), dict):
            yield from self._token(token, data)
        elif "done" in data:
            yield from self._until_done(data)
        elif is_reasoning(data) or files_of(data):
            yield from content_events(data)
        elif _is_thinking_delta(data):
            yield ReasoningDelta(data["delta"])
        elif _may_be_answer(data):
            yield from reasoning_events(data)
            yield from self._answer(data, depth)
        for field in _SOURCES:
            yield from citations_of(data.get(field))
        for field in _USAGE:
            if isinstance(data.get(field), dict):
                yield Usage(data[field])

    def _answer(self, data: dict[str, Any], depth: int) -> Iterator[Event]:
        """The events of the first field that has any."""
        for field in _ANSWER_FIELDS:
            if data.get(field) not in (None, "", [], {}):
                events = list(self._value(data[field], depth - 1))
                if events:
                    yield from events
                    return

    def _until_done(self, data: dict[str, Any]) -> Iterator[Event]:
        """Read a message of Ollama. The last one has `done: true` and the reason."""
        message = data["message"] if isinstance(data.get("message"), dict) else {"content": data.get("response")}
        yield from reasoning_events({**data, **message})
        yield from content_events(message.get("content"))
        self._calls.add(message)
        yield from self._calls.completed()
        self.awaits_end = data["done"] is False
        if data["done"] is True:
            self._cut_short = cut_short(name_of(data.get("done_reason")))

    def _token(self, token: dict[str, Any], data: dict[str, Any]) -> Iterator[Event]:
        """Read a message of Text Generation Inference. The last one also repeats the whole text."""
        if not token.get("special"):
            yield from content_events(token.get("text"))
        self.awaits_end = data.get("generated_text") is None
        if isinstance(details := data.get("details"), dict):
            self._cut_short = cut_short(name_of(details.get("finish_reason")))

    def _candidates(self, candidates: list[Any]) -> Iterator[Event]:
        """Read the first candidate of Gemini, which is a whole answer or a piece of one."""
        for candidate in candidates[:1]:
            if isinstance(candidate, dict):
                yield from content_events(candidate.get("content"))
                reason = name_of(candidate.get("finishReason"))
                self.awaits_end = not reason
                self._cut_short = cut_short(reason)


def _may_be_answer(data: dict[str, Any]) -> bool:
    """Whether this is no event about progress or about a tool."""
    kind = (name_of(data.get("type")) or name_of(data.get("event"))).lower()
    is_answer = any(word in kind for word in _ANSWER_WORDS) and not any(word in kind for word in _OTHER_WORDS)
    return not kind or is_answer


def _is_thinking_delta(data: dict[str, Any]) -> bool:
    kind = name_of(data.get("type")).lower()
    return isinstance(data.get("delta"), str) and ("reasoning" in kind or "thinking" in kind)
