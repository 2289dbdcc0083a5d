"""An answer as it grows: events in, the parts of a message out."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from lib.agent.events import (
    AgentError,
    Citation,
    Event,
    LoginNeeded,
    MessageStart,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolResult,
    TraceId,
    Usage,
)
from lib.store.models import Part


class Answer:
    """Written by one thread, read by any. What a text grows by is put into its part when somebody looks at it.

    To join a text with each of its pieces would copy all of it each time, 30 MB a hundred thousand times.
    """

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._grown: dict[int, tuple[Part, list[str]]] = {}
        """The parts that have grown since somebody looked, by their identity, and what by."""
        self._looking = Lock()
        self.has_text = False
        self.trace_id: str | None = None
        self.usage: dict[str, Any] | None = None
        self._called_at: dict[str, float] = {}
        self._new_message = False

    @property
    def parts(self) -> list[Part]:
        """Parts are appended and the last one grows; none is ever removed."""
        with self._looking:
            for part, pieces in self._grown.values():
                part["text"] += "".join(pieces)
            self._grown.clear()
        return self._parts

    @property
    def content(self) -> str:
        """The visible text."""
        return "\n\n".join(part["text"] for part in self.parts if part["type"] == "text")

    def take(self, event: Event) -> None:
        match event:
            case MessageStart():
                self._new_message = True
            case TextDelta(text):
                self._grow("text", text)
            case ReasoningDelta(text):
                self._grow("reasoning", text)
            case ToolCall(id, name, arguments):
                self._called_at[id] = time.monotonic()
                self.parts.append({"type": "tool_call", "id": id, "name": name, "arguments": arguments})
            case ToolResult(call_id, output):
                self.parts.append(self._result(call_id, output))
            case Citation(url, title):
                self.parts.append({"type": "citation", "url": url, "title": title})
            case LoginNeeded(url, text):
                self.parts.append({"type": "login", "url": url, "text": text})
            case Usage(counts):
                self.usage = counts
            case TraceId(id):
                self.trace_id = id
            case AgentError():
                pass  # it ends the turn, and `fail` says why

    def settle(self, parts: Sequence[Part], trace_id: str | None) -> None:
        """What was stored stands."""
        with self._looking:
            self._parts, self._grown, self.trace_id = list(parts), {}, trace_id

    @property
    def is_empty(self) -> bool:
        """Whether the agent has said nothing at all."""
        return all(part["type"] == "note" for part in self.parts)

    def note(self, sentence: str) -> None:
        """Keep what the reader of this answer should know about how it was asked for."""
        self.parts.append({"type": "note", "text": sentence})

    def fail(self, sentence: str) -> None:
        """Keep what came, and why no more came."""
        self.parts.append({"type": "error", "text": sentence})

    def _grow(self, kind: str, text: str) -> None:
        if not text:
            return
        if self._new_message or not self._parts or self._parts[-1]["type"] != kind:
            self.parts.append({"type": kind, "text": text})
        else:
            self._lengthen(self._parts[-1], text)
        self._new_message = False
        self.has_text = self.has_text or kind == "text"

    def _lengthen(self, part: Part, text: str) -> None:
        with self._looking:
            self._grown.setdefault(id(part), (part, []))[1].append(text)

    def _result(self, call_id: str, output: str) -> Part:
        part: Part = {"type": "tool_result", "call_id": call_id, "output": output}
        if (called_at := self._called_at.pop(call_id, None)) is not None:
            part["duration_ms"] = round((time.monotonic() - called_at) * 1000)
        return part
