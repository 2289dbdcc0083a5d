"""What an agent says, whatever wire format it speaks."""

from dataclasses import dataclass
from typing import Any

from lib.messages.parts import Citation, File, SignIn, ToolCall, ToolResult

DONE = "[DONE]"
"""The last message of most streams. It is not JSON."""


@dataclass(frozen=True, slots=True)
class CurrentMessage:
    """From here on, text belongs to this message of the answer. Before the first such event it belongs to message 0.

    Messages are shown in the order of their numbers, which may be fractions.
    """

    number: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextRetracted:
    """Drop the text of the current message: it mixed several messages. The text follows again, told apart."""


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
class TraceId:
    id: str


@dataclass(frozen=True, slots=True)
class AgentError:
    """The agent reported a failure in its stream. `message` is all that it said; see `server_error.read`.

    `is_cut_short`: it stopped before its answer was complete, and `message` is a sentence of ours that says why.
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
    | Citation
    | File
    | Usage
    | TraceId
    | SignIn
    | AgentError
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message of the agent's stream and what it means.

    `raw` is its JSON as it came, on one line (a trace shortened to its id); empty where there is nothing to hand on.
    """

    raw: str
    events: tuple[Event, ...]
