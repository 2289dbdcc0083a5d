"""The prompt for an agent: a question and the conversation before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from lib.identity import AccessToken, User
from lib.messages.parts import ContextMessage

Notify = Callable[[str], None]
"""Called with a sentence for the user who waits, for example that the agent is waking up. Not part of the answer."""


@dataclass(frozen=True)
class Prompt:
    """The conversation, oldest first, the question last."""

    chat_id: UUID
    user: User
    conversation: Sequence[ContextMessage]
    access_token: AccessToken | None = None
