"""The Responses format: typed events, or one whole response with its `output` items."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lib.agent.citations import Citations
from lib.agent.events import AgentError, Event, MessageStart, ReasoningDelta, TextDelta, Usage
from lib.agent.streamed import Streamed
from lib.agent.text import name_of, text_of
from lib.agent.tools import BegunCalls, is_tool, tool

_TEXT_DELTAS = ("response.output_text.delta", "response.refusal.delta")
_REASONING_DELTAS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_FAILED = ("error", "response.error")
_WHOLE = ("response.completed", "response.failed", "response.incomplete")
_NOT_AN_ANSWER = ("user", "system", "developer")


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in this format."""
    kind = data.get("type")
    if not isinstance(kind, str):
        return isinstance(data.get("output"), list)
    return kind.startswith("response.") or kind in ("error", "response", "message", "reasoning") or is_tool(kind)


class ResponsesParser:
    """Counts repeated text once: a finished item holds again what its deltas said, and the end holds all items."""

    def __init__(self) -> None:
        self._text = Streamed()
        self._reasoning = Streamed()
        self._calls = BegunCalls()
        self._tools: Counter[tuple[str, str]] = Counter()
        self._citations = Citations()

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        kind = data.get("type")
        item = data.get("item")
        if kind in _TEXT_DELTAS:
            yield from self._delta(name_of(data.get("item_id")), text_of(data.get("delta")))
        elif kind in _REASONING_DELTAS:
            if delta := text_of(data.get("delta")):
                yield ReasoningDelta(self._reasoning.add(name_of(data.get("item_id")), delta))
        elif kind == "response.output_item.added" and isinstance(item, dict):
            self._begin(item)
        elif kind == "response.function_call_arguments.delta":
            self._calls.add(name_of(data.get("item_id")), text_of(data.get("delta")))
        elif kind == "response.output_item.done" and isinstance(item, dict):
            yield from self._item(item)
        elif kind == "response.output_text.annotation.added":
            yield from self._citations.of([data.get("annotation")])
        elif kind in _FAILED:
            yield AgentError(_failure(data))
        elif kind in _WHOLE:
            yield from self._whole(data.get("response"), failed=kind != "response.completed")
        elif isinstance(data.get("output"), list) and (kind in (None, "response") or "object" in data):
            yield from self._whole(data, failed=False)
        else:
            # Some agents send the items themselves.
            yield from self._item(data)

    def flush(self) -> Iterator[Event]:
        """Tool calls that were begun and never finished."""
        yield from self._calls.unfinished()

    def _begin(self, item: dict[str, Any]) -> None:
        if item.get("type") == "message":
            self._text.announce()
        self._calls.begin(item)

    def _delta(self, item_id: str, delta: str) -> Iterator[Event]:
        if not delta:
            return
        if self._text.begins(item_id):
            yield MessageStart()
        yield TextDelta(self._text.add(item_id, delta))

    def _item(self, item: dict[str, Any]) -> Iterator[Event]:
        """A finished item."""
        kind = item.get("type", "message")
        if kind == "message" and item.get("role") not in _NOT_AN_ANSWER:
            item_id, text = name_of(item.get("id")), text_of(item.get("content"))
            begins, has_spoken = self._text.begins(item_id), self._text.has_spoken
            new = self._text.finish(item_id, text)
            yield from self._new_text(new, starts=begins or (has_spoken and new == text))
            yield from self._citations.of_content(item.get("content"))
        elif kind == "reasoning":
            yield from _thought(self._reasoning.finish(name_of(item.get("id")), _reasoning_text(item)))
        elif is_tool(name_of(kind)):
            self._tools[_key(item)] += 1
            self._calls.finish(item)
            yield from tool(item)

    def _new_text(self, text: str, *, starts: bool) -> Iterator[Event]:
        if text:
            if starts:
                yield MessageStart()
            yield TextDelta(text)

    def _whole(self, response: Any, *, failed: bool) -> Iterator[Event]:
        """A whole response: all of it when nothing came before, else only what has not been said yet."""
        if not isinstance(response, dict):
            response = {}
        items = response.get("output")
        yield from self._untold([item for item in items if isinstance(item, dict)] if isinstance(items, list) else [])
        if isinstance(response.get("usage"), dict):
            yield Usage(response["usage"])
        if failed or response.get("status") in ("failed", "incomplete"):
            yield AgentError(_failure(response))

    def _untold(self, items: list[dict[str, Any]]) -> Iterator[Event]:
        messages = [item for item in items if _is_answer(item)]
        thoughts = [item for item in items if item.get("type") == "reasoning"]
        told = {
            **_missing(self._text, messages, [text_of(item.get("content")) for item in messages]),
            **_missing(self._reasoning, thoughts, [_reasoning_text(item) for item in thoughts]),
        }
        for item in items:
            if _is_answer(item):
                item_id = name_of(item.get("id"))
                yield from self._new_text(told[id(item)], starts=self._text.spoke_before(item_id, told[id(item)]))
                yield from self._citations.of_content(item.get("content"))
            elif item.get("type") == "reasoning":
                yield from _thought(told[id(item)])
            elif self._tools[_key(item)] > 0:
                self._tools[_key(item)] -= 1
            else:
                self._calls.finish(item)
                yield from tool(item)


def _missing(streamed: Streamed, items: list[dict[str, Any]], texts: list[str]) -> dict[int, str]:
    """By the item's identity."""
    ids = [name_of(item.get("id")) for item in items]
    found = streamed.missing(list(zip(ids, texts, strict=True)))
    return {id(item): text for item, text in zip(items, found, strict=True)}


def _is_answer(item: dict[str, Any]) -> bool:
    return item.get("type", "message") == "message" and item.get("role") not in _NOT_AN_ANSWER


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return name_of(item.get("type")), name_of(item.get("call_id")) or name_of(item.get("id"))


def _thought(text: str) -> Iterator[Event]:
    if text:
        yield ReasoningDelta(text)


def _reasoning_text(item: dict[str, Any]) -> str:
    return text_of(item.get("summary")) or text_of(item.get("content"))


def _failure(source: dict[str, Any]) -> str:
    error = source.get("error")
    if isinstance(error, dict):
        return name_of(error.get("message")) or name_of(error.get("code"))
    details = source.get("incomplete_details")
    if isinstance(details, dict) or source.get("status") == "incomplete":
        reason = name_of(details.get("reason")) if isinstance(details, dict) else ""
        return f"the answer is incomplete ({reason or 'no reason given'})"
    return name_of(error) or name_of(source.get("message")) or name_of(source.get("code"))
