"""Make a parser's events fit to be shown and stored: clean text, reasoning told apart, ids that match."""

import math
from collections.abc import Iterable, Iterator
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
    Usage,
)
from lib.agent.login import MARK, login_needed
from lib.agent.server_error import read
from lib.agent.text import Stitcher, clean
from lib.agent.think import ThinkSplitter


class Tidier:
    """Sees every event of one answer, in order."""

    def __init__(self) -> None:
        self._text = Stitcher()
        self._reasoning = Stitcher()
        self._splitter = ThinkSplitter()
        self._visible: list[str] = []
        self._open_calls: list[str] = []
        self._calls = 0
        self._logins: set[str] = set()

    def tidied(self, events: Iterable[Event]) -> tuple[Event, ...]:
        return tuple(tidy for event in events for tidy in self._tidy(event))

    def end(self) -> tuple[Event, ...]:
        """What was still held back."""
        return tuple(self._flushed())

    def _tidy(self, event: Event) -> Iterator[Event]:
        match event:
            case TextDelta(text):
                yield from self._told(self._splitter.feed(self._text.feed(text)))
            case ReasoningDelta(text):
                if text := self._reasoning.feed(text):
                    yield ReasoningDelta(text)
            case MessageStart():
                yield from self._flushed()
                yield event
            case ToolCall(id, name, arguments):
                yield from self._flushed()
                yield ToolCall(self._called(clean(id)), clean(name), clean(arguments))
            case ToolResult(call_id, output):
                yield from self._flushed()
                yield ToolResult(self._answered(clean(call_id)), clean(output))
                yield from self._login(output)
            case Citation(url, title):
                yield Citation(clean(url), clean(title))
            case Usage(counts):
                yield Usage(_numbers(counts))
            case AgentError(message):
                yield from self._flushed()
                yield from self._login(message)
                yield AgentError(read(message).words)
            case _:
                yield event

    def _flushed(self) -> Iterator[Event]:
        yield from self._told(self._splitter.flush())
        visible, self._visible = "".join(self._visible), []
        yield from self._login(visible)

    def _told(self, pieces: list[tuple[bool, str]]) -> Iterator[Event]:
        for is_reasoning, text in pieces:
            if not is_reasoning:
                self._visible.append(text)
            yield ReasoningDelta(text) if is_reasoning else TextDelta(text)

    def _login(self, text: str) -> Iterator[LoginNeeded]:
        found = login_needed(clean(text)) if MARK in text else None
        if found and found.url not in self._logins:
            self._logins.add(found.url)
            yield found

    def _called(self, call_id: str) -> str:
        """Agents may leave the id out, but a result has to find its call."""
        self._calls += 1
        self._open_calls.append(call_id or f"call-{self._calls}")
        return self._open_calls[-1]

    def _answered(self, call_id: str) -> str:
        call_id = call_id or (self._open_calls[0] if self._open_calls else "")
        if call_id in self._open_calls:
            self._open_calls.remove(call_id)
        return call_id


def _numbers(counts: dict[str, Any]) -> dict[str, Any]:
    """The counts alone: whatever else stands there could be text or a number that JSON does not know."""
    found: dict[str, Any] = {}
    for name, value in counts.items():
        if isinstance(value, dict):
            found[clean(name)] = {clean(key): number for key, number in value.items() if _is_count(number)}
        elif _is_count(value):
            found[clean(name)] = value
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
