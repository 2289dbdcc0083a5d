"""The typed parts of a message. A message lists them in the order in which they were received."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from lib.messages.files import GivenFile, KeptFile

MOST_FOLLOW_UPS = 3
Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The base of all kinds that this version knows. `type` names the kind in JSON."""

    type: ClassVar[str]
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that this version does not know. They are written back for the newer version that added them."""


@dataclass(frozen=True, slots=True)
class Text(_Known):
    type = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning(_Known):
    type = "reasoning"
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall(_Known):
    """`arguments` as the agent wrote them, usually JSON."""

    type = "tool_call"
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult(_Known):
    type = "tool_result"
    call_id: str
    output: str
    duration_ms: int | None = None
    """Since the call; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Approval(_Known):
    """The agent asks whether it may make a call. Its ToolCall, which has the same id, is in the answer, too."""

    type = "approval"
    call_id: str
    is_approved: bool | None = None
    """The user's decision; None while they have not decided."""
    reason: str | None = None
    """Of the user, for a decision."""
    server: str | None = None
    """Where the tool is, as the agent names it."""
    is_standing: bool | None = None
    """The user was not asked: they have always allowed this tool in this chat."""


@dataclass(frozen=True, slots=True)
class Speaker(_Known):
    """Who says what follows, if the agent is made of several: the name under which they know each other."""

    type = "speaker"
    name: str


@dataclass(frozen=True, slots=True)
class Citation(_Known):
    """A cited passage. `url` is a web address, or empty if the source has none. `title` is never empty."""

    type = "citation"
    url: str
    title: str
    path: str | None = None
    """Of a file in a Volume: `/Volumes/…`."""
    place: str | None = None
    """Where in the source the passage is, in words: `page 3`."""
    snippet: str | None = None
    """The passage."""
    after: tuple[str, ...] = ()
    """The ends of the texts that it is cited for. `citation_marks` finds them in the answer."""


@dataclass(frozen=True, slots=True)
class File(_Known):
    """An image or another file that is part of an answer.

    `url` is a `data:` or web address. It is empty if the agent sent none that can be used; then `name` is not empty.
    """

    type = "file"
    media_type: str
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class SignIn(_Known):
    """A Unity Catalog connection needs the user's own sign-in. `url` is a Databricks page, `text` one sentence."""

    type = "login"
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class FollowUp(_Known):
    """A next question that the agent suggests, on one line."""

    type = "follow_up"
    text: str


@dataclass(frozen=True, slots=True)
class Note(_Known):
    """What the reader should know about the answer's request, for example that old turns were left out."""

    type = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Error(_Known):
    """Why the answer ended early, in one sentence."""

    type = "error"
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """JSON that this version of the app cannot read, such as a newer kind. It is stored unchanged."""

    type: ClassVar[str] = "unknown"
    data: Any


Part = (
    Text
    | Reasoning
    | ToolCall
    | ToolResult
    | Approval
    | Speaker
    | Citation
    | File
    | SignIn
    | FollowUp
    | Note
    | Error
    | Unknown
)


def content_of(parts: Iterable[Part]) -> str:
    """The visible text: all Text parts, separated by blank lines."""
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))


def follow_ups_of(parts: Iterable[Part]) -> list[str]:
    """The suggested next questions, at most MOST_FOLLOW_UPS: an imported answer may have more."""
    return [part.text for part in parts if isinstance(part, FollowUp)][:MOST_FOLLOW_UPS]


@dataclass(frozen=True)
class ContextMessage:
    """A message of a conversation as it is sent to an agent again."""

    role: Role
    parts: Sequence[Part]
    files: Sequence[KeptFile | GivenFile] = ()
    """An agent is sent only those that are given."""
    genie_ids: Sequence[str] = ()
    """For a question: of the last answers on its branch that Genie gave, oldest first. Genie is sent nothing else."""

    @property
    def content(self) -> str:
        return content_of(self.parts)
