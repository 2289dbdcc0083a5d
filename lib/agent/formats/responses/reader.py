"""The Responses format: typed events, or one whole response with its `output` items."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError, Event, InMessage, ReasoningDelta, TextDelta, Usage, Void
from lib.agent.formats.responses.repeats import Streamed
from lib.agent.formats.responses.tool_items import BegunCalls, is_tool, tool
from lib.agent.formats.shared.citations import Citations
from lib.agent.formats.shared.content import reasoning_text
from lib.agent.formats.shared.files import files_of
from lib.agent.formats.shared.finish_reasons import cut_short
from lib.agent.formats.shared.reasoning_tags import is_speaker
from lib.agent.formats.shared.text import as_json, name_of, text_of

_WHOLE = ("response.completed", "response.done", "response.failed", "response.incomplete", "response.cancelled")
_BROKEN = ("failed", "incomplete", "cancelled")
_NOT_AN_ANSWER = ("user", "system", "developer")


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in this format."""
    kind = data.get("type")
    if not isinstance(kind, str):
        output = data.get("output")
        return isinstance(output, list) and (not output or any(isinstance(item, dict) for item in output))
    return kind.startswith("response.") or kind in ("response", "message", "reasoning") or is_tool(kind)


class ResponsesParser:
    """Counts repeated text once: a finished item holds again what its deltas said, and the end holds all items.

    `awaits_end`: what came last was a delta, so that more has to come.
    """

    def __init__(self) -> None:
        self._text = Streamed()
        self._reasoning = Streamed()
        self._calls = BegunCalls()
        self._tools: Counter[tuple[str, str]] = Counter()
        self._tools_told: set[tuple[str, str, int]] = set()
        self._citations = Citations()
        self._message: float = 0
        self.awaits_end = False

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        kind, item = name_of(data.get("type")), data.get("item")
        if kind in _WHOLE:
            yield from self._whole(data.get("response"), kind.removeprefix("response."))
        elif isinstance(data.get("output"), list) and (kind in ("", "response") or "object" in data):
            yield from self._whole(data, "")
        elif kind == "response.output_item.added" and isinstance(item, dict):
            self._begin(item)
        elif kind == "response.output_item.done" and isinstance(item, dict):
            yield from self._item(item)
        elif kind.startswith("response."):
            yield from self._streamed(kind.removeprefix("response."), data)
        else:
            # Some agents send the items themselves.
            yield from self._item(data)

    def flush(self) -> Iterator[Event]:
        """Tool calls that were begun and never finished."""
        yield from self._calls.unfinished()

    def _streamed(self, kind: str, data: dict[str, Any]) -> Iterator[Event]:
        """A piece of an item, or a part of it that is told once more when it is whole."""
        item_id, part, place = name_of(data.get("item_id")), _number(data, "content_index"), data.get("output_index")
        if kind.startswith("function_call_arguments") or kind.startswith("mcp_call_arguments"):
            if kind.endswith(".delta"):
                self._calls.add(item_id, text_of(data.get("delta")))
                self.awaits_end = True
            else:
                self._calls.settle(item_id, data.get("arguments"))
        elif kind.startswith(("reasoning", "thinking")):
            yield from self._thought(kind, item_id, data)
        elif kind in ("output_text.delta", "refusal.delta", "text.delta"):
            if delta := text_of(data.get("delta")):
                self.awaits_end = True
                yield from self._delta(item_id, delta, part or 0, place if isinstance(place, int) else None)
        elif kind in ("output_text.done", "refusal.done", "text.done"):
            yield from self._settled(item_id, text_of(data), part or 0)
        elif kind == "content_part.done":
            yield from self._settled(item_id, text_of(data.get("part")), part or 0)
            yield from self._beside([data.get("part")])
        elif kind == "output_text.annotation.added":
            yield from self._citations.of([data.get("annotation")])

    def _begin(self, item: dict[str, Any]) -> None:
        if item.get("type") == "message":
            self._text.announce(name_of(item.get("id")))
        self._calls.begin(item)

    def _told(self, text: str) -> Iterator[Event]:
        """Text of the message that `self._text` is at."""
        if not text:
            return
        if self._text.message != self._message:
            self._message = self._text.message
            yield InMessage(self._message)
        yield TextDelta(text)

    def _delta(self, item_id: str, delta: str, part: int, place: int | None) -> Iterator[Event]:
        if self._text.is_mixed(item_id):
            yield from self._unmixed(item_id)
        if is_speaker(delta):
            self._text.announce("")
        yield from self._told(self._text.add(item_id, delta, part, place))

    def _unmixed(self, item_id: str) -> Iterator[Event]:
        """Items that were told as one, told anew."""
        for place, (message, text) in enumerate(list(self._text.unmixed(item_id))):
            if message != self._message:
                self._message = message
                yield InMessage(message)
            if place == 0:
                yield Void()
            yield TextDelta(text)

    def _settled(self, item_id: str, text: str, part: int) -> Iterator[Event]:
        self.awaits_end = False
        yield from self._told(self._text.settle(item_id, text, part))

    def _thought(self, kind: str, item_id: str, data: dict[str, Any]) -> Iterator[Event]:
        if kind.endswith(".delta"):
            self.awaits_end = True
            text = self._reasoning.add(item_id, reasoning_text(data.get("delta")) or text_of(data.get("delta")))
        elif kind.endswith(".done"):
            part = _number(data, "summary_index") or _number(data, "content_index") or 0
            text = self._reasoning.settle(item_id, reasoning_text(data.get("part")) or reasoning_text(data), part)
        else:
            return
        if text:
            self._text.pause()
            yield ReasoningDelta(text)

    def _item(self, item: dict[str, Any]) -> Iterator[Event]:
        """A finished item."""
        kind = name_of(item.get("type")) or "message"
        if _is_answer(item):
            self.awaits_end = item.get("status") == "incomplete"
            item_id, text = name_of(item.get("id")), text_of(item.get("content"))
            if self._text.is_mixed(item_id, text):
                yield from self._unmixed(item_id)
            yield from self._told(self._text.finish(item_id, text))
            yield from self._beside(item.get("content"))
        elif kind == "reasoning":
            self.awaits_end = True
            if text := self._reasoning.finish(name_of(item.get("id")), reasoning_text(item)):
                yield ReasoningDelta(text)
        elif is_tool(kind):
            yield from self._tool(item)

    def _beside(self, content: Any) -> Iterator[Event]:
        """What a message holds besides its text."""
        yield from files_of(content)
        yield from self._citations.of_content(content)

    def _tool(self, item: dict[str, Any]) -> Iterator[Event]:
        """Once; an id that is used again for another call is told again."""
        self._calls.finish(item)
        found, key = list(tool(item)), _key(item)
        exact = (*key, hash(repr(found)))
        if exact in self._tools_told:
            return
        if key[1]:
            self._tools_told.add(exact)
        self._tools[key] += 1
        self.awaits_end = item.get("type") != "mcp_approval_request"
        self._text.step()
        yield from found

    def _whole(self, response: Any, status: str) -> Iterator[Event]:
        """A whole response: all of it when nothing came before, else only what has not been said yet."""
        if not isinstance(response, dict):
            response = {}
        items = response.get("output")
        yield from self._untold([item for item in items if isinstance(item, dict)] if isinstance(items, list) else [])
        self.awaits_end = False
        if isinstance(response.get("usage"), dict):
            yield Usage(response["usage"])
        status = status if status in _BROKEN else name_of(response.get("status"))
        if status in _BROKEN:
            yield _failure(response, status)

    def _untold(self, items: list[dict[str, Any]]) -> Iterator[Event]:
        messages = [item for item in items if _is_answer(item)]
        thoughts = [item for item in items if item.get("type") == "reasoning"]
        told = {
            **_missing(self._text, messages, [text_of(item.get("content")) for item in messages]),
            **_missing(self._reasoning, thoughts, [reasoning_text(item) for item in thoughts]),
        }
        tools = Counter(self._tools)
        for item in items:
            message, text = told.get(id(item), (0, ""))
            if _is_answer(item):
                if text and message != self._message:
                    self._message = message
                    yield InMessage(message)
                if text:
                    yield TextDelta(text)
                yield from self._beside(item.get("content"))
            elif item.get("type") == "reasoning":
                if text:
                    yield ReasoningDelta(text)
            elif tools[_key(item)] > 0:
                tools[_key(item)] -= 1
            else:
                yield from self._tool(item)


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return name_of(item.get("type")), name_of(item.get("call_id")) or name_of(item.get("id"))


def _missing(streamed: Streamed, items: list[dict[str, Any]], texts: list[str]) -> dict[int, tuple[float, str]]:
    """By the item's identity."""
    ids = [name_of(item.get("id")) for item in items]
    found = streamed.missing(list(zip(ids, texts, strict=True)))
    return {id(item): text for item, text in zip(items, found, strict=True)}


def _is_answer(item: dict[str, Any]) -> bool:
    return item.get("type", "message") == "message" and item.get("role") not in _NOT_AN_ANSWER


def _number(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) else None


def _failure(response: dict[str, Any], status: str) -> AgentError:
    if error := as_json(response.get("error")):
        return AgentError(error)
    details = response.get("incomplete_details")
    reason = name_of(details.get("reason")) if isinstance(details, dict) else ""
    if status == "failed":
        return AgentError(as_json(response.get("message")))
    return AgentError(cut_short(reason or status), is_cut_short=True)
