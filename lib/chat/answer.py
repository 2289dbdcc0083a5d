"""An answer as it grows: events in, the parts of a message out."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from lib.agent.events import (
    AgentError,
    Citation,
    Event,
    File,
    InMessage,
    LoginNeeded,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolResult,
    TraceId,
    Usage,
    Void,
    WasReasoning,
    WasText,
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
        self._message: float = 0
        self._latest: float = 0
        self._open: dict[float, Part] = {}
        """The texts that still grow, by their messages: until something else than a source stands behind them."""

    @property
    def parts(self) -> list[Part]:
        """Parts are appended and the last one grows.

        Only where an agent writes several messages at once an earlier one grows, or stands before what came sooner;
        and where text and reasoning were taken for each other, that is set right.
        """
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
            case InMessage(number):
                self._message = number
            case Void():
                self._unsay()
            case TextDelta(text):
                self._say(text)
            case ReasoningDelta(text):
                self._reason(text)
            case WasReasoning():
                self._recast_text()
            case WasText(opening):
                self._recast_reasoning(opening)
            case ToolCall(id, name, arguments):
                self._called_at[id] = time.monotonic()
                self._add({"type": "tool_call", "id": id, "name": name, "arguments": arguments})
            case ToolResult(call_id, output):
                self._add(self._result(call_id, output))
            case Citation(url, title):
                self.parts.append({"type": "citation", "url": url, "title": title})
            case File(media_type, url, name):
                self._add({"type": "file", "media_type": media_type, "url": url, "name": name})
            case LoginNeeded(url, text):
                self._add({"type": "login", "url": url, "text": text})
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
        self._add({"type": "note", "text": sentence})

    def fail(self, sentence: str) -> None:
        """Keep what came, and why no more came."""
        self._add({"type": "error", "text": sentence})

    def _add(self, part: Part) -> None:
        """What ends the texts before it."""
        self._open.clear()
        self.parts.append(part)

    def _say(self, text: str) -> None:
        if not text:
            return
        if part := self._open.get(self._message):
            self._lengthen(part, text)
            return
        self.has_text = True
        part = {"type": "text", "text": text}
        self.parts.insert(self._place_of_new(), part)
        self._open[self._message] = part
        self._latest = max(self._latest, self._message)

    def _unsay(self) -> None:
        if part := self._open.pop(self._message, None):
            del self.parts[self._place_of(part)]

    def _place_of_new(self) -> int:
        """Before the texts of later messages that are being written at the same time."""
        is_latest = self._message >= self._latest
        later = [] if is_latest else [part for message, part in self._open.items() if message > self._message]
        return min(map(self._place_of, later), default=len(self._parts))

    def _place_of(self, part: Part) -> int:
        """By identity: another may say the same."""
        return next(place for place in range(len(self._parts) - 1, -1, -1) if self._parts[place] is part)

    def _reason(self, text: str) -> None:
        if text and self._parts and self._parts[-1]["type"] == "reasoning":
            self._lengthen(self._parts[-1], text)
        elif text:
            self._add({"type": "reasoning", "text": text})

    def _recast_text(self) -> None:
        """It was told before its end showed that it was none."""
        if part := self._open.get(self._message):
            part["type"] = "reasoning"
            self._open.clear()

    def _recast_reasoning(self, opening: str) -> None:
        """It goes on with the text before it."""
        if self.parts and self.parts[-1]["type"] == "reasoning":
            text = f"{opening}{self.parts.pop()['text']}"
            before = self.parts[-1] if self.parts else None
            if before and before["type"] == "text":
                self._lengthen(before, text)
            else:
                self._say(text)

    def _lengthen(self, part: Part, text: str) -> None:
        with self._looking:
            self._grown.setdefault(id(part), (part, []))[1].append(text)

    def _result(self, call_id: str, output: str) -> Part:
        part: Part = {"type": "tool_result", "call_id": call_id, "output": output}
        if (called_at := self._called_at.pop(call_id, None)) is not None:
            part["duration_ms"] = round((time.monotonic() - called_at) * 1000)
        return part
