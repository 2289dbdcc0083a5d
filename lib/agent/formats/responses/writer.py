"""Writes a conversation as input items of the Responses API."""

from collections.abc import Sequence
from typing import Any

from lib.agent.formats.shared.history import by_speaker
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult


def input_items(conversation: Sequence[ContextMessage]) -> list[dict[str, Any]]:
    """Texts, tool calls and their results in the order in which they happened."""
    items: list[dict[str, Any]] = []
    for role, parts in by_speaker(conversation):
        for part in parts:
            match part:
                case Text(text):
                    items.append({"role": role, "content": text})
                case ToolCall(id, name, arguments):
                    items.append({"type": "function_call", "call_id": id, "name": name, "arguments": arguments})
                case ToolResult(call_id, output):
                    items.append({"type": "function_call_output", "call_id": call_id, "output": output})
    return items
