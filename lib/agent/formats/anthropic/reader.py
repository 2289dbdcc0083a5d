"""Reads answers in the format of Anthropic's Messages: events about content blocks, or one whole message."""

import json
from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError, Event, ReasoningDelta, TextDelta, Usage
from lib.agent.formats.shared.citations import citations_of
from lib.agent.formats.shared.content import content_events, reasoning_text
from lib.agent.formats.shared.failures import cut_short
from lib.agent.formats.shared.tools import result_events
from lib.agent.formats.shared.values import as_json, name_of, text_of
from lib.messages.citation_marks import ANCHOR_CHARS
from lib.messages.parts import ToolCall

_EVENTS = (
    *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
    *("message_delta", "message_stop"),
)
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


class AnthropicReader:
    def __init__(self) -> None:
        self._said = ""
        """The end of the text since the last tool call."""
        self._cited: list[Any] = []
        """The citations of the open block. They belong behind its text."""
        self._calls: dict[Any, tuple[dict[str, Any], list[str]]] = {}
        """The unfinished calls by block index, each with the pieces of its arguments."""
        self._cut_short = ""
        # True while a message has begun and not ended.
        self.awaits_end = False
        self.ignored = 0

    @staticmethod
    def accepts(data: dict[str, Any]) -> bool:
        return data.get("type") in _EVENTS or (data.get("type") == "message" and "stop_reason" in data)

    def read(self, data: dict[str, Any]) -> Iterator[Event]:
        kind, delta = data.get("type"), data.get("delta")
        if kind == "message":
            for block in data["content"] if isinstance(data.get("content"), list) else [data.get("content")]:
                yield from self._block(block)
                yield from self._block_cited()
            yield from self._ended(data)
        elif kind == "content_block_start":
            yield from self._block_start(data.get("index"), data.get("content_block"))
        elif kind == "content_block_delta" and isinstance(delta, dict):
            yield from self._block_delta(data.get("index"), delta)
        elif kind == "content_block_stop":
            yield from self._call_done(data.get("index"))
            yield from self._block_cited()
        elif kind == "message_delta" and isinstance(delta, dict):
            yield from self._ended({**data, **delta})
        elif kind == "message_stop":
            self.awaits_end = False

    def flush(self) -> Iterator[Event]:
        for index in list(self._calls):
            yield from self._call_done(index)
        yield from self._block_cited()
        if self._cut_short:
            yield AgentError(self._cut_short, is_cut_short=True)

    def _block_start(self, index: Any, block: Any) -> Iterator[Event]:
        self.awaits_end = True
        if isinstance(block, dict) and block.get("type") in _CALLS:
            self._calls[index], self._said = (block, []), ""
        else:
            yield from self._block(block)

    def _block(self, block: Any) -> Iterator[Event]:
        """The events of a whole block, or of the empty one that begins a block in a stream."""
        kind = name_of(block.get("type")) if isinstance(block, dict) else ""
        if kind in _CALLS:
            self._said = ""
            yield ToolCall(name_of(block.get("id")), name_of(block.get("name")), as_json(block.get("input")))
        elif kind.endswith("tool_result"):
            yield from result_events(name_of(block.get("tool_use_id")), block.get("content"))
        else:
            for event in content_events(block):
                yield from self._saying(event)
            cited = block.get("citations") if isinstance(block, dict) else None
            self._cited += cited if isinstance(cited, list) else []

    def _block_delta(self, index: Any, delta: dict[str, Any]) -> Iterator[Event]:
        self.awaits_end = True
        kind = delta.get("type")
        if kind == "input_json_delta" and index in self._calls:
            self._calls[index][1].append(name_of(delta.get("partial_json")))
        elif kind == "thinking_delta":
            yield ReasoningDelta(reasoning_text(delta))
        elif kind == "citations_delta":
            self._cited.append(delta.get("citation"))
        elif text := text_of(delta):
            yield from self._saying(TextDelta(text))

    def _saying(self, event: Event) -> Iterator[Event]:
        if isinstance(event, TextDelta):
            self._said = (self._said + event.text)[-2 * ANCHOR_CHARS :]
        yield event

    def _block_cited(self) -> Iterator[Event]:
        cited, self._cited = self._cited, []
        yield from citations_of(cited, after=self._said)

    def _call_done(self, index: Any) -> Iterator[Event]:
        if index in self._calls:
            block, written = self._calls.pop(index)
            arguments = "".join(written) or json.dumps(block.get("input") or {}, ensure_ascii=False)
            yield ToolCall(name_of(block.get("id")), name_of(block.get("name")), arguments)

    def _ended(self, data: dict[str, Any]) -> Iterator[Event]:
        if reason := name_of(data.get("stop_reason")):
            self._cut_short = cut_short(reason)
            self.awaits_end = False
        if isinstance(data.get("usage"), dict):
            yield Usage(data["usage"])
