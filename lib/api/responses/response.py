"""The Response object: a turn as the Responses API shows it, while it runs and after it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from lib.agent.formats.shared.failures import cut_short
from lib.api.responses.items import Json
from lib.api.responses.reading import output_of
from lib.chat.turn import Turn
from lib.messages.parts import Error, Note
from lib.messages.usage import tokens_of
from lib.store.models import Status
from lib.store.turn_models import FoundTurn

ResponseStatus = Literal["in_progress", "completed", "cancelled", "incomplete", "failed"]
STATUS: dict[Status, ResponseStatus] = {
    "running": "in_progress",
    "complete": "completed",
    "stopped": "cancelled",
    "interrupted": "incomplete",
    "failed": "failed",
}
INCOMPLETE_REASONS = {cut_short("length"): "max_output_tokens", cut_short("content_filter"): "content_filter"}
"""What an answer says that ended for such a reason."""
MAX_METADATA_CHARS = 512
"""Clients hold a value to this."""


class ConversationObject(BaseModel):
    id: UUID


class ResponseError(BaseModel):
    code: Literal["server_error"] = "server_error"
    message: str


class IncompleteDetails(BaseModel):
    reason: str | None


class ResponseObject(BaseModel):
    """`id` is the answer's, `conversation.id` the chat's. `metadata` says what the API of others has no field for."""

    id: UUID
    object: Literal["response"] = "response"
    created_at: int
    status: ResponseStatus
    background: bool = False
    conversation: ConversationObject
    previous_response_id: UUID | None
    model: str
    output: list[dict[str, Any]]
    usage: dict[str, Any] | None
    error: ResponseError | None
    incomplete_details: IncompleteDetails | None
    metadata: dict[str, str]
    instructions: None = None
    parallel_tool_calls: bool = True
    tool_choice: Literal["auto"] = "auto"
    tools: list[dict[str, Any]] = []
    temperature: None = None
    top_p: None = None
    max_output_tokens: None = None
    truncation: Literal["disabled"] = "disabled"
    store: bool = True


@dataclass(frozen=True)
class Origin:
    """What a response has from its beginning on."""

    created_at: datetime
    model: str
    previous_response_id: UUID | None

    @classmethod
    def of(cls, found: FoundTurn | None, default_model: str) -> "Origin":
        """`found` None: it cannot be looked up now."""
        if found is None:
            return cls(datetime.now(UTC), default_model, None)
        return cls(found.started_at, found.agent or default_model, found.follows)


def created_response(turn: Turn, origin: Origin, output: list[Json]) -> Json:
    """As it was before the agent said anything, or went on."""
    return _as_json(turn, origin, "running", output, None)


def current_response(turn: Turn, origin: Origin) -> Json:
    """One that waits for an approval is complete, until it goes on with the user's decision."""
    status, parts = turn.status if turn.chunks.closed else "running", turn.answer.parts
    status = "complete" if turn.is_waiting else status
    output = output_of(turn.id, parts)
    if status != "running":
        output.end()
    return _as_json(turn, origin, status, [item.json() for item in output.items], turn.answer.usage)


def _as_json(turn: Turn, origin: Origin, status: Status, output: list[Json], usage: Mapping[str, Any] | None) -> Json:
    errors = [part.text for part in turn.answer.parts if isinstance(part, Error)] if status == "failed" else []
    reason = next((INCOMPLETE_REASONS[error] for error in errors if error in INCOMPLETE_REASONS), None)
    shown = "incomplete" if reason else STATUS[status]
    response = ResponseObject(
        id=turn.id,
        created_at=int(origin.created_at.timestamp()),
        status=shown,
        conversation=ConversationObject(id=turn.chat_id),
        previous_response_id=origin.previous_response_id,
        model=origin.model,
        output=output,
        usage=token_counts(usage),
        error=ResponseError(message=" ".join(errors)) if shown == "failed" else None,
        incomplete_details=IncompleteDetails(reason=reason) if shown == "incomplete" else None,
        metadata=_metadata(turn, status),
    )
    return response.model_dump(mode="json")


def _metadata(turn: Turn, status: Status) -> dict[str, str]:
    """Nothing that is known only later, where it has just begun: a client holds all to belong to one response."""
    known = {"question_id": str(turn.question_id)}
    if status != "running":
        notes = " ".join(part.text for part in turn.answer.parts if isinstance(part, Note))
        known |= {"trace_id": turn.answer.trace_id or "", "asked_as": turn.asked_as or "", "note": notes}
    return {name: value[:MAX_METADATA_CHARS] for name, value in known.items() if value}


def token_counts(counts: Mapping[str, Any] | None) -> Json | None:
    """Under the names of the Responses API; None where the agent counted nothing."""
    tokens = tokens_of(counts)
    if tokens is None:
        return None
    return {
        "input_tokens": tokens.input or 0,
        "input_tokens_details": {"cached_tokens": tokens.cached or 0, "cache_write_tokens": 0},
        "output_tokens": tokens.output or 0,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning or 0},
        "total_tokens": tokens.total or 0,
    }
