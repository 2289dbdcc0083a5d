"""The events of an answer, the same for every wire format."""

from dataclasses import dataclass
from typing import Any

from lib.messages.parts import Approval, Citation, File, FollowUp, SignIn, Speaker, ToolCall, ToolResult

DONE = "[DONE]"
"""The last message of most streams. It is not JSON."""


@dataclass(frozen=True, slots=True)
class CurrentMessage:
    """The text that follows belongs to this message of the answer. Text before the first such event is message 0.

    Messages are shown in the order of their numbers, which may be fractions.
    """

    number: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextRetracted:
    """Drop the text of the current message, because it mixed several. Their texts follow again, separated."""


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextWasReasoning:
    """All text of the current message so far turns out to be reasoning."""


@dataclass(frozen=True, slots=True)
class ReasoningWasText:
    """The last reasoning turns out to be text that begins with `opening`."""

    opening: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts under the names that the endpoint gives them."""

    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """The model that answers, under the name that the endpoint gives it."""

    name: str


@dataclass(frozen=True, slots=True)
class TraceId:
    id: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user has decided about a call for which the agent asked their approval."""

    call_id: str
    is_approved: bool
    reason: str | None = None
    is_standing: bool = False
    """They were not asked: they have always allowed this tool in this chat."""


@dataclass(frozen=True, slots=True)
class AgentError:
    """The agent reported a failure in its stream. `message` is the whole report; see `server_error.read`.

    With `is_cut_short`, the agent stopped before the answer was complete, and `message` is our sentence for the reason.
    """

    message: str
    is_cut_short: bool = False


Event = (
    CurrentMessage
    | TextDelta
    | TextRetracted
    | ReasoningDelta
    | TextWasReasoning
    | ReasoningWasText
    | ToolCall
    | ToolResult
    | Approval
    | Decision
    | Speaker
    | Citation
    | File
    | Usage
    | Model
    | TraceId
    | SignIn
    | FollowUp
    | AgentError
)

SILENT = (CurrentMessage, Usage, Model, TraceId)
"""Events with which an agent does not yet say anything."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message of the agent's stream and its events.

    `raw` is the agent's JSON on one line, with a trace shortened to its id; empty if there is nothing to pass on.
    """

    raw: str
    events: tuple[Event, ...]
