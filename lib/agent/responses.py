"""The Responses format: typed events, or one whole response with its `output` items."""

import json
from collections.abc import Iterator
from typing import Any

from lib.agent.events import (
    AgentError,
    Citation,
    Event,
    MessageStart,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolResult,
    Usage,
)
from lib.agent.text import text_of

_TEXT_DELTA = "response.output_text.delta"
_REASONING_DELTAS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_ITEM_DONE = "response.output_item.done"
_FAILED = ("error", "response.failed", "response.error", "response.incomplete")


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in this format."""
    kind = data.get("type")
    return isinstance(data.get("output"), list) or (
        isinstance(kind, str) and (kind.startswith(("response.", "function_call")) or kind == "error")
    )


class ResponsesParser:
    """Counts repeated text once: a finished item holds again what its deltas said."""

    def __init__(self) -> None:
        self._text = _Streamed()
        self._reasoning = _Streamed()
        self._finished: set[str] = set()
        self._cited: set[str] = set()

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        kind = data.get("type")
        if kind == _TEXT_DELTA:
            yield from self._delta(data)
        elif kind in _REASONING_DELTAS:
            yield ReasoningDelta(self._reasoning.add(data.get("item_id"), text_of(data.get("delta"))))
        elif kind == _ITEM_DONE and isinstance(data.get("item"), dict):
            yield from self._item(data["item"])
        elif kind == "response.output_text.annotation.added":
            yield from self._citations([data.get("annotation")])
        elif kind in _FAILED:
            yield AgentError(_failure(data))
        elif kind == "function_call_output":
            yield from self._item(data)
        elif kind in ("response.completed", None) or "output" in data:
            yield from self._whole(data.get("response") if kind == "response.completed" else data)

    def _delta(self, data: dict[str, Any]) -> Iterator[Event]:
        if self._text.begins(data.get("item_id")):
            yield MessageStart()
        yield TextDelta(self._text.add(data.get("item_id"), text_of(data.get("delta"))))

    def _item(self, item: dict[str, Any]) -> Iterator[Event]:
        """A finished item; nothing for one that was finished before."""
        key = str(item.get("id") or item.get("call_id") or "")
        key = f"{item.get('type')}:{key}" if key else ""
        if key and key in self._finished:
            return
        self._finished.add(key)
        match item.get("type", "message"):
            case "message":
                yield from self._message(item)
            case "reasoning":
                text = text_of(item.get("summary")) or text_of(item.get("content"))
                yield ReasoningDelta(self._reasoning.finish(item.get("id"), text))
            case "function_call" | "mcp_call":
                yield from _tool(item)
            case "function_call_output":
                yield ToolResult(str(item.get("call_id") or ""), _output(item.get("output")))

    def _message(self, item: dict[str, Any]) -> Iterator[Event]:
        content = item.get("content")
        if self._text.begins(item.get("id")):
            yield MessageStart()
        yield TextDelta(self._text.finish(item.get("id"), text_of(content)))
        for part in content if isinstance(content, list) else []:
            if isinstance(part, dict):
                yield from self._citations(part.get("annotations"))

    def _citations(self, annotations: Any) -> Iterator[Event]:
        for annotation in annotations if isinstance(annotations, list) else []:
            url = annotation.get("url") if isinstance(annotation, dict) else None
            if isinstance(url, str) and url not in self._cited:
                self._cited.add(url)
                yield Citation(url, str(annotation.get("title") or url))

    def _whole(self, response: Any) -> Iterator[Event]:
        """A whole response: all of it when nothing came before, else only what has not been said yet."""
        if not isinstance(response, dict):
            return
        for item in response.get("output") or []:
            if isinstance(item, dict) and not self._text.has_said(item):
                yield from self._item(item)
        if isinstance(response.get("usage"), dict):
            yield Usage(response["usage"])
        if response.get("status") in ("failed", "incomplete"):
            yield AgentError(_failure({"response": response}))


class _Streamed:
    """Text by item, so that a finished item adds only what its deltas have not said."""

    def __init__(self) -> None:
        self._open: dict[Any, str] = {}
        self._current: Any = None
        self._said = ""

    def begins(self, item_id: Any) -> bool:
        """Whether this item is another one than that which spoke before."""
        return bool(self._said) and not self._open and item_id != self._current

    def add(self, item_id: Any, delta: str) -> str:
        self._current = item_id
        self._open[item_id] = self._open.get(item_id, "") + delta
        self._said += delta
        return delta

    def finish(self, item_id: Any, full: str) -> str:
        """What is new in `full`. Where it tells a streamed text differently, what was streamed stands."""
        streamed = self._open.pop(item_id, None)
        if streamed is None:
            # Some agents finish an item under another id than its deltas had.
            streamed = "".join(self._open.values())
            self._open.clear()
        self._current = item_id
        new = full[len(streamed) :] if full.startswith(streamed) else ""
        self._said += new
        return new

    def has_said(self, item: dict[str, Any]) -> bool:
        """Whether a message without an id stands in what was said."""
        text = text_of(item.get("content"))
        return not item.get("id") and item.get("type") == "message" and bool(text) and text in self._said


def _tool(item: dict[str, Any]) -> Iterator[Event]:
    call_id = str(item.get("call_id") or item.get("id") or "")
    yield ToolCall(call_id, str(item.get("name") or "tool"), _output(item.get("arguments")))
    if item.get("output") is not None:
        yield ToolResult(call_id, _output(item["output"]))


def _output(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = text_of(value)
    return text or ("" if value is None else json.dumps(value, ensure_ascii=False))


def _failure(data: dict[str, Any]) -> str:
    response = data.get("response")
    source = response if isinstance(response, dict) else data
    error = source.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("code") or "")
    details = source.get("incomplete_details")
    if isinstance(details, dict):
        return f"The answer is incomplete: {details.get('reason') or 'no reason given'}."
    return str(error or source.get("message") or "")
