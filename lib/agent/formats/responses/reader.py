"""Reads answers in the Responses format: a stream of typed events, or one whole response with its `output` items.

The same text is sent up to four times: in deltas, when its part is done, when its item is done, and in the whole
response at the end. Agents leave out any of these, so the reader relies on none: it reads all of them and drops
repeated text (`deduplication`). It emits new text under the message to which it belongs (`message_numbers`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lib.agent.events import Event, ReasoningDelta
from lib.agent.formats.responses.deduplication import TextDeduplicator
from lib.agent.formats.responses.message_text import MessageText
from lib.agent.formats.responses.outcome import failures_of
from lib.agent.formats.responses.tool_items import ToolItems, is_tool
from lib.agent.formats.responses.used import Used
from lib.agent.formats.shared.citations import citations_in_stream, citations_of_content
from lib.agent.formats.shared.content import INPUT_ROLES, reasoning_text
from lib.agent.formats.shared.files import files_of
from lib.agent.formats.shared.values import name_of, text_of

_WHOLE = ("response.completed", "response.done", "response.failed", "response.incomplete", "response.cancelled")


class ResponsesReader:
    def __init__(self) -> None:
        self._messages = MessageText()
        self._reasoning = TextDeduplicator()
        self._tools = ToolItems()
        self._used = Used()
        # True after a delta, because its item must still be finished.
        self.awaits_end = False
        self.ignored = 0

    @staticmethod
    def accepts(data: dict[str, Any]) -> bool:
        kind = data.get("type")
        if not isinstance(kind, str):
            output = data.get("output")
            return isinstance(output, list) and (not output or any(isinstance(item, dict) for item in output))
        return kind.startswith("response.") or kind in ("response", "message", "reasoning") or is_tool(kind)

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        kind, item = name_of(data.get("type")), data.get("item")
        if kind in _WHOLE:
            yield from self._whole_response(data.get("response"), kind.removeprefix("response."))
        elif isinstance(data.get("output"), list) and (kind in ("", "response") or "object" in data):
            yield from self._whole_response(data, "")
        elif kind == "response.created":
            self._used.begin_response()
        elif kind == "response.output_item.added" and isinstance(item, dict):
            self._begin(item)
        elif kind == "response.output_item.done" and isinstance(item, dict):
            yield from self._item_done(item)
        elif kind.startswith("response."):
            yield from self._piece(kind.removeprefix("response."), data)
        else:
            # Some agents send bare items, without an event around them.
            yield from self._item_done(data)

    def flush(self) -> Iterator[Event]:
        """Tool calls that began and never finished."""
        yield from self._tools.unfinished()

    def _piece(self, kind: str, data: dict[str, Any]) -> Iterator[Event]:
        """A delta, or a whole part of an item."""
        item_id, part, place = name_of(data.get("item_id")), _number(data, "content_index"), data.get("output_index")
        if kind.startswith(("function_call_arguments", "mcp_call_arguments")):
            self._arguments(kind, item_id, data)
        elif kind.startswith(("reasoning", "thinking")):
            yield from self._reasoning_piece(kind, item_id, data)
        elif kind in ("output_text.delta", "refusal.delta", "text.delta"):
            if delta := text_of(data.get("delta")):
                self.awaits_end = True
                yield from self._messages.delta(item_id, delta, part or 0, place if isinstance(place, int) else None)
        elif kind in ("output_text.done", "refusal.done", "text.done"):
            self.awaits_end = False
            yield from self._messages.part_done(item_id, text_of(data), part or 0)
        elif kind == "content_part.done":
            self.awaits_end = False
            yield from self._messages.part_done(item_id, text_of(data.get("part")), part or 0)
            yield from self._files_and_citations([data.get("part")])
        elif kind == "output_text.annotation.added":
            yield from citations_in_stream(data.get("annotation"), self._messages.end_of(item_id))
        elif kind == "resumed":
            yield from self._begin_again()

    def _begin_again(self) -> Iterator[Event]:
        """The agent broke down and was asked again. What it had finished stays, and what it had begun is void."""
        self.awaits_end = True
        self._tools.abandon()
        self._reasoning.abandon()
        yield from self._messages.abandon()

    def _arguments(self, kind: str, item_id: str, data: dict[str, Any]) -> None:
        if kind.endswith(".delta"):
            self._tools.add_arguments(item_id, text_of(data.get("delta")))
            self.awaits_end = True
        else:
            self._tools.set_arguments(item_id, data.get("arguments"))

    def _reasoning_piece(self, kind: str, item_id: str, data: dict[str, Any]) -> Iterator[Event]:
        if kind.endswith(".delta"):
            self.awaits_end = True
            text = self._reasoning.delta(item_id, reasoning_text(data.get("delta")) or text_of(data.get("delta")))
        elif kind.endswith(".done"):
            part = _number(data, "summary_index") or _number(data, "content_index") or 0
            text = self._reasoning.part_done(item_id, reasoning_text(data.get("part")) or reasoning_text(data), part)
        else:
            return
        if text:
            self._messages.texts.numbers.interrupt()
            yield ReasoningDelta(text)

    def _begin(self, item: dict[str, Any]) -> None:
        if item.get("type") == "message":
            self._messages.texts.numbers.announce(name_of(item.get("id")))
        self._tools.begin(item)

    def _item_done(self, item: dict[str, Any]) -> Iterator[Event]:
        kind = name_of(item.get("type")) or "message"
        if _is_answer(item):
            self.awaits_end = item.get("status") == "incomplete"
            yield from self._messages.item_done(name_of(item.get("id")), text_of(item.get("content")))
            yield from self._files_and_citations(item.get("content"))
        elif kind == "reasoning":
            self.awaits_end = True
            if text := self._reasoning.item_done(name_of(item.get("id")), reasoning_text(item)):
                yield ReasoningDelta(text)
        elif is_tool(kind):
            yield from self._tool(item)

    def _files_and_citations(self, content: Any) -> Iterator[Event]:
        yield from files_of(content)
        yield from citations_of_content(content)

    def _tool(self, item: dict[str, Any]) -> Iterator[Event]:
        events = self._tools.new(item)
        if events is not None:
            self.awaits_end = item.get("type") != "mcp_approval_request"
            self._messages.texts.next_step()
            yield from events

    def _whole_response(self, response: Any, status: str) -> Iterator[Event]:
        """The events of items that are new, and how the response ended."""
        response = response if isinstance(response, dict) else {}
        items = response.get("output")
        yield from self._unseen([item for item in items if isinstance(item, dict)] if isinstance(items, list) else [])
        self.awaits_end = False
        yield from self._used.end_response(response)
        yield from failures_of(response, status)

    def _unseen(self, items: list[dict[str, Any]]) -> Iterator[Event]:
        # Match all texts before emitting the first, because a later item may match a text better.
        answers = [item for item in items if _is_answer(item)]
        reasoning = [item for item in items if item.get("type") == "reasoning"]
        unseen = {
            **_unseen_texts(self._messages.texts, answers, [text_of(item.get("content")) for item in answers]),
            **_unseen_texts(self._reasoning, reasoning, [reasoning_text(item) for item in reasoning]),
        }
        emitted_tools = self._tools.counts()
        for item in items:
            message, text = unseen.get(id(item), (0, ""))
            if _is_answer(item):
                yield from self._messages.at(message, text)
                yield from self._files_and_citations(item.get("content"))
            elif item.get("type") == "reasoning":
                if text:
                    yield ReasoningDelta(text)
            elif not _decrement(emitted_tools, ToolItems.key(item)):
                yield from self._tool(item)


def _decrement(counts: Counter[tuple[str, str]], key: tuple[str, str]) -> bool:
    """Returns whether the count was above zero."""
    counts[key] -= 1
    return counts[key] >= 0


def _unseen_texts(
    seen: TextDeduplicator, items: list[dict[str, Any]], texts: list[str]
) -> dict[int, tuple[float, str]]:
    """The message and the new text of each item, by `id(item)`."""
    ids = [name_of(item.get("id")) for item in items]
    unseen = seen.response_done(list(zip(ids, texts, strict=True)))
    return {id(item): message_and_text for item, message_and_text in zip(items, unseen, strict=True)}


def _is_answer(item: dict[str, Any]) -> bool:
    return item.get("type", "message") == "message" and item.get("role") not in INPUT_ROLES


def _number(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) else None
