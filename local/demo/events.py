"""What the demo agent says and does, independent of any wire format."""

from dataclasses import dataclass

from local.demo.files import ReceivedFile


@dataclass(frozen=True)
class Message:
    """One message of the conversation in the request; `role` is user, assistant or system."""

    role: str
    text: str
    files: tuple[ReceivedFile, ...] = ()
    decision: "Decision | None" = None
    """With the role approval."""


@dataclass(frozen=True)
class Decision:
    """The user's answer to an ApprovalRequest."""

    call_id: str
    is_approved: bool


@dataclass(frozen=True)
class TextDelta:
    text: str


@dataclass(frozen=True)
class ToolCall:
    """`arguments` is JSON, as agents send it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ToolResult:
    call_id: str
    name: str
    output: str


@dataclass(frozen=True)
class ApprovalRequest:
    """A call that is made only after the user has approved it. Only the Responses format has such requests."""

    call_id: str
    name: str
    arguments: str
    server: str


@dataclass(frozen=True)
class Source:
    """What an answer rests on besides its query. `position` is where in the text it is cited."""

    title: str
    passage: str
    position: int


@dataclass(frozen=True)
class Cited:
    """The file of a Volume that the text so far rests on."""

    path: str
    page: int | None
    passage: str


@dataclass(frozen=True)
class Named:
    """Who speaks from here on, in an answer of several agents."""

    name: str


@dataclass(frozen=True)
class End:
    """The last event; tokens are counted as words."""

    input_tokens: int
    output_tokens: int
    follow_ups: tuple[str, ...] = ()
    """Questions that the agent suggests next."""
    sources: tuple[Source, ...] = ()


Event = TextDelta | ToolCall | ToolResult | ApprovalRequest | End
TeamEvent = Event | Cited | Named
"""What the agents do that Databricks builds."""
