"""Writes a conversation as chat messages."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lib.agent.formats.shared.history import HistoryPart, by_speaker
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult

BROKEN_OFF = "(The answer broke off here.)"
"""Sent after a tool result without text: strict models refuse a question directly after a tool result."""


def chat_messages(conversation: Sequence[ContextMessage]) -> list[dict[str, Any]]:
    """Each tool call is in the same message as the assistant's text before it. Its result is the next message."""
    return [message for role, parts in by_speaker(conversation) for message in _messages(role, parts)]


def _messages(role: str, parts: Iterable[HistoryPart]) -> Iterator[dict[str, Any]]:
    text = ""
    for part in parts:
        match part:
            case Text():
                text = part.text
            case ToolCall():
                # Some models refuse empty content beside a tool call.
                yield {"role": "assistant", "content": text or " ", "tool_calls": [_tool_call(part)]}
                text = ""
            case ToolResult(call_id, output):
                yield {"role": "tool", "tool_call_id": call_id, "content": output or " "}
    yield {"role": role, "content": text or BROKEN_OFF}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
