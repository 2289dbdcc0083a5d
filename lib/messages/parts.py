"""What a message is made of: its parts, in the order in which they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What all kinds that this version knows have in common. `type` names the kind in JSON."""

    type: ClassVar[str]
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that this version does not know. They are kept for the newer version that wrote them."""


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
class Citation(_Known):
    """`url` is a web address, or empty for a source that has none; then `title` names it all the same."""

    type = "citation"
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class File(_Known):
    """An image or another file that is part of an answer.

    `url` is a `data:` or web address; empty where the agent gave none that could be used, and then `name` is not.
    """

    type = "file"
    media_type: str
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class SignIn(_Known):
    """A Unity Catalog connection wants this person's own sign-in. `url` is a Databricks page, `text` one sentence."""

    type = "login"
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Note(_Known):
    """What the reader of an answer should know about how it was asked for."""

    type = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Error(_Known):
    """Why no more of an answer came, in one sentence."""

    type = "error"
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """JSON that this version of the app cannot read, such as a kind of a newer version. It is kept as it is."""

    type: ClassVar[str] = "unknown"
    data: Any


Part = Text | Reasoning | ToolCall | ToolResult | Citation | File | SignIn | Note | Error | Unknown


def content_of(parts: Iterable[Part]) -> str:
    """The visible text."""
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))


@dataclass(frozen=True)
class ContextMessage:
    """A message of a conversation as it is sent to an agent again."""

    role: Role
    parts: Sequence[Part]

    @property
    def content(self) -> str:
        return content_of(self.parts)
