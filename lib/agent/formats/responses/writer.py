"""Writes a conversation as input items of the Responses API."""

from collections.abc import Sequence
from typing import Any

from lib.agent.formats.shared.history import by_speaker
from lib.messages.files import GivenFile
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult


def input_items(conversation: Sequence[ContextMessage]) -> list[dict[str, Any]]:
    """Texts, files, tool calls and their results in the order in which they happened."""
    items: list[dict[str, Any]] = []
    for role, group in by_speaker(conversation):
        parts = list(group)
        if any(isinstance(part, GivenFile) for part in parts):  # a question, so there is no call of a tool
            content = [_content(part) for part in parts if isinstance(part, Text | GivenFile)]
            items.append({"role": role, "content": content})
        else:
            items += [_item(role, part) for part in parts if not isinstance(part, GivenFile)]
    return items


def _item(role: str, part: Text | ToolCall | ToolResult) -> dict[str, Any]:
    match part:
        case Text(text):
            # Not a list with one text: many agents read nothing but a text.
            return {"role": role, "content": text}
        case ToolCall(id, name, arguments):
            return {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
        case ToolResult(call_id, output):
            return {"type": "function_call_output", "call_id": call_id, "output": output}


def _content(part: Text | GivenFile) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    if part.content_type.startswith("image/"):
        return {"type": "input_image", "image_url": part.data_url, "detail": "auto"}
    return {"type": "input_file", "filename": part.name, "file_data": part.data_url}
