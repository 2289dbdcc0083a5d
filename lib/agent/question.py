"""A question to an agent with what led to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lib.identity import User


@dataclass(frozen=True)
class Said:
    """One message of the conversation; `parts` as they are stored."""

    role: str
    parts: Sequence[dict[str, Any]]

    @property
    def text(self) -> str:
        return "\n\n".join(part["text"] for part in self.parts if part["type"] == "text")


@dataclass(frozen=True)
class Ask:
    """The conversation, oldest first, the question last."""

    chat_id: UUID
    user: User
    conversation: Sequence[Said]
