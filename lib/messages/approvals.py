"""The calls of an answer that its user is asked to approve."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeGuard

from lib.messages.parts import Approval, Part, ToolCall


def calls_to_decide(parts: Sequence[Part]) -> list[tuple[ToolCall, Approval]]:
    """In the order in which the agent asked. Each call stands directly before its approval."""
    return [(call, asked) for call, asked in pairwise(parts) if isinstance(call, ToolCall) and _is_asked(asked, call)]


def without_calls_to_decide(parts: Sequence[Part]) -> list[Part]:
    undecided = [part for pair in calls_to_decide(parts) for part in pair]
    return [part for part in parts if not any(part is each for each in undecided)]


def _is_asked(part: Part, call: ToolCall) -> TypeGuard[Approval]:
    return isinstance(part, Approval) and part.is_approved is None and part.call_id == call.id
