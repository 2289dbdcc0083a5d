"""The format of Anthropic's Messages: events about content blocks, or one whole message of them."""

import json
from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError, Event, ReasoningDelta, TextDelta, Usage
from lib.agent.formats.responses.tool_items import result
from lib.agent.formats.shared.citations import Citations
from lib.agent.formats.shared.content import pieces, reasoning_text
from lib.agent.formats.shared.finish_reasons import cut_short
from lib.agent.formats.shared.text import as_json, name_of, text_of
from lib.messages.parts import ToolCall

_EVENTS = ("message_start", "content_block_start", "content_block_delta", "content_block_stop")
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


def speaks(data: dict[str, Any]) -> bool:
    """Whether a message of a stream, or a whole answer, is in this format."""
    if data.get("type") in (*_EVENTS, "message_delta", "message_stop"):
        return True
    return data.get("type") == "message" and "stop_reason" in data


class BlocksParser:
    """`awaits_end`: a message has begun that is to be ended by an event."""

    def __init__(self) -> None:
        self._citations = Citations()
        self._calls: dict[Any, tuple[dict[str, Any], list[str]]] = {}
        self._cut_short = ""
        self.awaits_end = False

    def feed(self, data: dict[str, Any]) -> Iterator[Event]:
        kind, delta = data.get("type"), data.get("delta")
        if kind == "message":
            for block in data["content"] if isinstance(data.get("content"), list) else [data.get("content")]:
                yield from self._block(block)
            yield from self._ended(data)
        elif kind == "content_block_start":
            yield from self._begun(data.get("index"), data.get("content_block"))
        elif kind == "content_block_delta" and isinstance(delta, dict):
            yield from self._delta(data.get("index"), delta)
        elif kind == "content_block_stop":
            yield from self._called(data.get("index"))
        elif kind == "message_delta" and isinstance(delta, dict):
            yield from self._ended({**data, **delta})
        elif kind == "message_stop":
            self.awaits_end = False

    def flush(self) -> Iterator[Event]:
        """What is left to tell at the end."""
        for index in list(self._calls):
            yield from self._called(index)
        if self._cut_short:
            yield AgentError(self._cut_short, is_cut_short=True)

    def _begun(self, index: Any, block: Any) -> Iterator[Event]:
        self.awaits_end = True
        if isinstance(block, dict) and block.get("type") in _CALLS:
            self._calls[index] = (block, [])
        else:
            yield from self._block(block)

    def _block(self, block: Any) -> Iterator[Event]:
        """A whole one, or the empty beginning of one."""
        kind = name_of(block.get("type")) if isinstance(block, dict) else ""
        if kind in _CALLS:
            yield ToolCall(name_of(block.get("id")), name_of(block.get("name")), as_json(block.get("input")))
        elif kind.endswith("tool_result"):
            yield from result(name_of(block.get("tool_use_id")), block.get("content"))
        else:
            yield from pieces(block)
            yield from self._citations.of_content([block])

    def _delta(self, index: Any, delta: dict[str, Any]) -> Iterator[Event]:
        self.awaits_end = True
        kind = delta.get("type")
        if kind == "input_json_delta" and index in self._calls:
            self._calls[index][1].append(name_of(delta.get("partial_json")))
        elif kind == "thinking_delta":
            yield ReasoningDelta(reasoning_text(delta))
        elif kind == "citations_delta":
            yield from self._citations.of([delta.get("citation")])
        elif text := text_of(delta):
            yield TextDelta(text)

    def _called(self, index: Any) -> Iterator[Event]:
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
