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
        self._message = 0
        self._message_of: dict[int, int] = {}
        """Of each text part, by its identity, the message that it belongs to."""

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
                self.parts.append({"type": "tool_call", "id": id, "name": name, "arguments": arguments})
            case ToolResult(call_id, output):
                self.parts.append(self._result(call_id, output))
            case Citation(url, title):
                self.parts.append({"type": "citation", "url": url, "title": title})
            case File(media_type, url, name):
                self.parts.append({"type": "file", "media_type": media_type, "url": url, "name": name})
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

    def _say(self, text: str) -> None:
        if not text:
            return
        if part := self._open_text():
            self._lengthen(part, text)
            return
        self.has_text = True
        part = {"type": "text", "text": text}
        self._message_of[id(part)] = self._message
        self.parts.insert(self._place_of_text(), part)

    def _unsay(self) -> None:
        if part := self._open_text():
            # By identity: another may say the same.
            del self._parts[next(place for place, other in enumerate(self._parts) if other is part)]
            with self._looking:
                self._grown.pop(id(part), None)
            del self._message_of[id(part)]

    def _open_text(self) -> Part | None:
        """The text of this message, if nothing stands behind it but texts of others."""
        for part in reversed(self._parts):
            if part["type"] != "text" or self._message_of.get(id(part), -1) == self._message:
                return part if part["type"] == "text" else None
        return None

    def _place_of_text(self) -> int:
        """Before the texts of later messages that are being written at the same time."""
        place = len(self._parts)
        while place and self._message_of.get(id(self._parts[place - 1]), -1) > self._message:
            place -= 1
        return place

    def _reason(self, text: str) -> None:
        if text and self._parts and self._parts[-1]["type"] == "reasoning":
            self._lengthen(self._parts[-1], text)
        elif text:
            self.parts.append({"type": "reasoning", "text": text})

    def _recast_text(self) -> None:
        """It was told before its end showed that it was none."""
        if part := self._open_text():
            part["type"] = "reasoning"
            del self._message_of[id(part)]

    def _recast_reasoning(self, opening: str) -> None:
        if self.parts and self.parts[-1]["type"] == "reasoning":
            text = self.parts.pop()["text"]
            self._say(f"{opening}{text}")

    def _lengthen(self, part: Part, text: str) -> None:
        with self._looking:
            self._grown.setdefault(id(part), (part, []))[1].append(text)

    def _result(self, call_id: str, output: str) -> Part:
        part: Part = {"type": "tool_result", "call_id": call_id, "output": output}
        if (called_at := self._called_at.pop(call_id, None)) is not None:
            part["duration_ms"] = round((time.monotonic() - called_at) * 1000)
        return part
