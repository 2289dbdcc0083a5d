"""What an agent says, whatever wire format it speaks."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MessageStart:
    """What follows is another message than the text before it."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`arguments` as the agent wrote them, usually JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class Citation:
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts under the names that the endpoint gives them."""

    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TraceId:
    id: str


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """A Unity Catalog connection wants this person's own sign-in. `url` is a Databricks page, `text` one sentence."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentError:
    """The agent reported a failure in its stream. `message` is all that it said; see `server_error.read`."""

    message: str


Event = (
    MessageStart
    | TextDelta
    | ReasoningDelta
    | ToolCall
    | ToolResult
    | Citation
    | Usage
    | TraceId
    | LoginNeeded
    | AgentError
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message of the agent's stream and what it means.

    `raw` is its JSON as it came, on one line (a trace shortened to its id); empty where there is nothing to hand on.
    """

    raw: str
    events: tuple[Event, ...]
