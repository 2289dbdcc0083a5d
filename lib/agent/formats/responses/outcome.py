"""How a whole response ended."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import AgentError
from lib.agent.formats.shared.failures import cut_short
from lib.agent.formats.shared.values import as_json, name_of

_BROKEN = ("failed", "incomplete", "cancelled")


def failures_of(response: dict[str, Any], status: str) -> Iterator[AgentError]:
    """Nothing if the response is complete. `status` is that of the event it came in, and counts before its own."""
    status = status if status in _BROKEN else name_of(response.get("status"))
    if status in _BROKEN:
        yield _failure(response, status)


def _failure(response: dict[str, Any], status: str) -> AgentError:
    if error := as_json(response.get("error")):
        return AgentError(error)
    details = response.get("incomplete_details")
    reason = name_of(details.get("reason")) if isinstance(details, dict) else ""
    if status == "failed":
        return AgentError(as_json(response.get("message")))
    return AgentError(cut_short(reason or status), is_cut_short=True)
