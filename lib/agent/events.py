"""What an agent says, whatever wire format it speaks."""

from dataclasses import dataclass
from typing import Any

from lib.messages.parts import Citation, File, SignIn, ToolCall, ToolResult

DONE = "[DONE]"
"""The last message of a stream, which is no JSON and says nothing else."""


@dataclass(frozen=True, slots=True)
class CurrentMessage:
    """The text that follows is of this message of the answer.

    They stand in the order of their numbers; until the first of these events it is message 0.
    """

    number: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextRetracted:
    """The text of this message, as far as it was told, was of several messages at once. It is told anew."""


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextWasReasoning:
    """The text of this message, as far as it was told, turns out to be reasoning."""


@dataclass(frozen=True, slots=True)
class ReasoningWasText:
    """The reasoning told last turns out to be text, which `opening` stands in front of."""

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
