"""The tool calls of one answer: how long each takes, and what the user decides about it."""

import time
from dataclasses import replace

from lib.agent.events import Decision
from lib.chat.growing_text import GrowingText
from lib.chat.same_calls import announced, approved
from lib.messages.parts import Approval, Part, ToolCall, ToolResult

Parts = list[Part | GrowingText]


class Calls:
    """Takes each in order, with the parts of the answer so far."""

    def __init__(self) -> None:
        self._called_at: dict[str, float] = {}
        self._repeated: dict[str, str] = {}
        """Other ids of calls for which the agent has asked approval, with the ids of its requests."""
        self._left_out: ToolCall | None = None
        """The last call that only repeats an approved one."""

    def repeats(self, call: ToolCall, parts: Parts) -> bool:
        """Whether it is an approved call that the agent names once more."""
        if known := approved(call, parts):
            self._repeated[call.id], self._left_out = known.id, call
            return True
        self._repeated.pop(call.id, None)
        self._called_at[call.id] = time.monotonic()
        return False

    def timed(self, result: ToolResult) -> ToolResult:
        """The result of the call that is known, with its duration."""
        result = replace(result, call_id=self._repeated.get(result.call_id, result.call_id))
        if (called_at := self._called_at.pop(result.call_id, None)) is None:
            return result
        return replace(result, duration_ms=round((time.monotonic() - called_at) * 1000))

    def with_request(self, approval: Approval, parts: Parts) -> Parts:
        """Its call has just come."""
        again, self._left_out = self._left_out, None
        if again and again.id == approval.call_id:  # it was approved, and still the agent asks
            del self._repeated[again.id]
            parts = [*parts, again]
        call = _call_of(approval, parts)
        if call and (before := announced(call, parts)):
            parts = _without(parts, before)
            self._repeated[before.id] = call.id
        return [*parts, approval]

    def with_decision(self, decision: Decision, parts: Parts) -> Parts:
        """The call with its approval at the end: what comes next, came after the decision."""
        asked = (part for part in parts if isinstance(part, Approval) and part.is_approved is None)
        approval = next((part for part in asked if part.call_id == decision.call_id), None)
        if approval is None:
            return parts
        call = _call_of(approval, parts)
        self._called_at[decision.call_id] = time.monotonic()
        standing = decision.is_standing or None
        decided = replace(approval, is_approved=decision.is_approved, reason=decision.reason, is_standing=standing)
        return [*_without(parts, approval, call), *([call] if call else []), decided]


def _call_of(approval: Approval, parts: Parts) -> ToolCall | None:
    calls = (part for part in reversed(parts) if isinstance(part, ToolCall) and part.id == approval.call_id)
    return next(calls, None)


def _without(parts: Parts, *left_out: Part | None) -> Parts:
    return [part for part in parts if not any(part is each for each in left_out)]
