"""Writes a conversation as chat messages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from lib.agent.formats.shared.history import DecidedCall, HistoryPart, by_speaker, short_id
from lib.messages.files import GivenFile
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult

BROKEN_OFF = "(The answer broke off here.)"
"""Sent after a tool result without text: strict models refuse a question directly after a tool result."""


def chat_messages(conversation: Sequence[ContextMessage]) -> list[dict[str, Any]]:
    """Each tool call is in the same message as the assistant's text before it. Its result is the next message."""
    return [message for role, parts in by_speaker(conversation) for message in _messages(role, parts)]


def _messages(role: str, parts: Iterable[HistoryPart]) -> Iterator[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case Text(text):
                content.append({"type": "text", "text": text})
            case GivenFile():
                content.append({"type": "image_url", "image_url": {"url": part.data_url}})
            case ToolCall():
                yield _calling(content, part)
                content = []
            case ToolResult(call_id, output):
                yield {"role": "tool", "tool_call_id": call_id, "content": output or " "}
            case DecidedCall(call):
                call_id = short_id(call.id)
                yield _calling(content, replace(call, id=call_id))
                content = []
                yield {"role": "tool", "tool_call_id": call_id, "content": part.outcome}
    yield {"role": role, "content": _content(content) or BROKEN_OFF}


def _calling(content: list[dict[str, Any]], call: ToolCall) -> dict[str, Any]:
    # Some models refuse empty content beside a tool call.
    return {"role": "assistant", "content": _content(content) or " ", "tool_calls": [_tool_call(call)]}


def _content(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """A text alone stays a text: many agents read nothing else."""
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
