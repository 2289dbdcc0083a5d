"""The user's decisions about calls, in the log of a turn: in the form in which the Responses API takes them."""

import json
from typing import Any

from lib.agent.events import Chunk, Decision

_TYPE = "mcp_approval_response"


def decision_chunk(decision: Decision) -> Chunk:
    item = {"type": _TYPE, "approval_request_id": decision.call_id, "approve": decision.is_approved}
    more = {"reason": decision.reason, "standing": decision.is_standing}
    raw = json.dumps({**item, **{name: value for name, value in more.items() if value}}, ensure_ascii=False)
    return Chunk(raw, (decision,))


def decision_in(data: Any) -> Decision | None:
    """None for any other message."""
    if not isinstance(data, dict) or data.get("type") != _TYPE:
        return None
    reason = data.get("reason")
    return Decision(
        str(data.get("approval_request_id")),
        data.get("approve") is True,
        reason if isinstance(reason, str) else None,
        data.get("standing") is True,
    )
