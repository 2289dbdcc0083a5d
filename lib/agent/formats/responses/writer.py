"""Writes a conversation as input items of the Responses API."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from lib.agent.formats.shared.history import DecidedCall, HistoryPart, by_speaker
from lib.messages.files import GivenFile
from lib.messages.parts import ContextMessage, Text, ToolCall, ToolResult


def input_items(conversation: Sequence[ContextMessage]) -> list[dict[str, Any]]:
    """Texts, files, tool calls and their results in the order in which they happened.

    The decisions about calls come after all the calls that they were made on: many agents look at the last item only.
    """
    items: list[dict[str, Any]] = []
    for role, group in by_speaker(conversation):
        parts = list(group)
        if any(isinstance(part, GivenFile) for part in parts):  # a question, so there is no call of a tool
            content = [_content(part) for part in parts if isinstance(part, Text | GivenFile)]
            items.append({"role": role, "content": content})
        else:
            for _, run in groupby(parts, key=lambda part: isinstance(part, DecidedCall)):
                items += _items(role, list(run))
    return items


def _items(role: str, parts: Sequence[HistoryPart]) -> Iterator[dict[str, Any]]:
    yield from (_item(role, part) for part in parts if isinstance(part, Text | ToolCall | ToolResult))
    decided = [part for part in parts if isinstance(part, DecidedCall)]
    yield from map(_request, decided)
    yield from map(_response, decided)


def _request(decided: DecidedCall) -> dict[str, Any]:
    call, server = decided.call, decided.approval.server or ""
    about = {"name": call.name, "arguments": call.arguments, "server_label": server}
    return {"type": "mcp_approval_request", "id": call.id, **about}


def _response(decided: DecidedCall) -> dict[str, Any]:
    approval, reason = decided.approval, decided.approval.reason
    said = {"approve": approval.is_approved, **({"reason": reason} if reason else {})}
    return {
        "type": "mcp_approval_response",
        "id": approval.call_id,
        "approval_request_id": approval.call_id,
        **said,
    }


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
