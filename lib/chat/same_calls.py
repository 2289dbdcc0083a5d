"""Finds calls that an agent names twice.

Some agents announce a call like any other before they ask for its approval, with one id or with two. And once it is
approved, some announce it again with an id of their own. Each is one call, known by the id of the request.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeGuard

from lib.messages.parts import Approval, ToolCall, ToolResult


def announced(request: ToolCall, parts: Sequence[object]) -> ToolCall | None:
    """The call that was announced before the agent asked for its approval. `parts` are those of the answer so far."""
    for place, part in enumerate(parts):
        if part is not request and _is_like(part, request) and not any(_is_of(part, other) for other in parts[place:]):
            return part
    return None


def approved(call: ToolCall, parts: Sequence[object]) -> ToolCall | None:
    """The approved call without a result that this one repeats."""
    for place, part in enumerate(parts):
        if _is_like(part, call):
            behind = [other for other in parts[place:] if _is_of(part, other)]
            if behind and all(isinstance(other, Approval) and other.is_approved for other in behind):
                return part
    return None


def _is_like(part: object, call: ToolCall) -> TypeGuard[ToolCall]:
    if not isinstance(part, ToolCall) or part.name != call.name:
        return False
    return bool(_value(part.arguments) == _value(call.arguments))


def _is_of(call: ToolCall, part: object) -> bool:
    return isinstance(part, Approval | ToolResult) and part.call_id == call.id


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
