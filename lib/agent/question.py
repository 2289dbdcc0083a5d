"""A question to an agent with what led to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lib.identity import AccessToken, User
from lib.messages.parts import ContextMessage


@dataclass(frozen=True)
class Ask:
    """The conversation, oldest first, the question last."""

    chat_id: UUID
    user: User
    conversation: Sequence[ContextMessage]
    access_token: AccessToken | None = None
