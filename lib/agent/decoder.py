"""From the messages of a stream to typed events, whichever format each of them is in."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from lib.agent import completions, responses
from lib.agent.events import (
    AgentError,
    Chunk,
    Event,
    MessageStart,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolResult,
    TraceId,
)
from lib.agent.text import Stitcher, ThinkSplitter, clean

log = logging.getLogger("lakechat.agent")
DONE = "[DONE]"
ERROR_CHARS = 500


class Decoder:
    """Reads one answer. What it does not know is counted in `ignored` and passed over, never fatal."""

    def __init__(self) -> None:
        self._responses = responses.ResponsesParser()
        self._completions = completions.CompletionsParser()
        self._stitcher = Stitcher()
        self._splitter = ThinkSplitter()
        self._trace_id: str | None = None
        self.ignored = 0

    def feed(self, raw: str) -> Chunk:
        """One message of the stream, as JSON."""
        data = _json_object(raw)
        if data is None:
            self.ignored += 1
            return Chunk(raw, ())
        events = self._tidied(self._parsed(data))
        return Chunk(_without_trace(raw, data), (*events, *self._trace(data)))

    def end(self) -> tuple[Event, ...]:
        """What was still held back when the stream ended."""
        return (*self._tidied(self._completions.flush()), *self._flushed())

    def _parsed(self, data: dict[str, Any]) -> Iterator[Event]:
        if responses.speaks(data):
            return self._responses.feed(data)
        if completions.speaks(data):
            return self._completions.feed(data)
        if data.get("error"):
            error = data["error"]
            return iter([AgentError(str(error.get("message") if isinstance(error, dict) else error))])
        self.ignored += 1
        return iter(())

    def _tidied(self, events: Iterable[Event]) -> tuple[Event, ...]:
        return tuple(tidy for event in events for tidy in self._tidy(event))

    def _tidy(self, event: Event) -> Iterator[Event]:
        """Clean the text of an event and tell reasoning from answer in it."""
        match event:
            case TextDelta(text):
                yield from _told(self._splitter.feed(self._stitcher.feed(text)))
            case ReasoningDelta(text):
                if text := clean(text):
                    yield ReasoningDelta(text)
            case ToolCall() | ToolResult() | MessageStart():
                yield from self._flushed()
                yield _cleaned(event)
            case AgentError(message):
                yield from self._flushed()
                yield AgentError(clean(message).strip()[:ERROR_CHARS])
            case _:
                yield event

    def _flushed(self) -> Iterator[Event]:
        return _told(self._splitter.flush())

    def _trace(self, data: dict[str, Any]) -> Iterator[Event]:
        found = _trace_id(data)
        if found and found != self._trace_id:
            self._trace_id = found
            yield TraceId(found)


def _told(pieces: list[tuple[bool, str]]) -> Iterator[Event]:
    for is_reasoning, text in pieces:
        yield ReasoningDelta(text) if is_reasoning else TextDelta(text)


def _cleaned(event: Event) -> Event:
    match event:
        case ToolCall():
            return replace(event, name=clean(event.name), arguments=clean(event.arguments), id=clean(event.id))
        case ToolResult():
            return replace(event, call_id=clean(event.call_id), output=clean(event.output))
    return event


def _json_object(raw: str) -> dict[str, Any] | None:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _trace_id(data: dict[str, Any]) -> str | None:
    """In any of the places where Databricks puts it."""
    output, metadata = data.get("databricks_output"), data.get("metadata")
    trace = output.get("trace") if isinstance(output, dict) else None
    info = trace.get("info") if isinstance(trace, dict) else None
    for place in (info, data, metadata):
        found = place.get("trace_id") if isinstance(place, dict) else None
        if isinstance(found, str) and found:
            return clean(found)
    return None


def _without_trace(raw: str, data: dict[str, Any]) -> str:
    """A trace holds every span and can be megabytes long; only its id is ours to keep and pass on."""
    output = data.get("databricks_output")
    if not (isinstance(output, dict) and isinstance(output.get("trace"), dict)):
        return raw
    short = {**output, "trace": {"info": {"trace_id": _trace_id(data)}}}
    return json.dumps({**data, "databricks_output": short}, ensure_ascii=False)
