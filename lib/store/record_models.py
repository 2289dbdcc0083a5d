"""What is read of a chat to take it away."""

from dataclasses import dataclass
from uuid import UUID

from lib.store.models import Message, Vote


@dataclass(frozen=True)
class MessageRecord:
    """A message, without its siblings, and what else is known of it. `vote` is the user's own."""

    message: Message
    vote: Vote | None = None


@dataclass(frozen=True)
class Extent:
    """How much of a chat a user may read: their own with all its branches, of another's shared chat the one shown.

    `branch` is that branch, oldest first, `last` the message that came last; None for a chat without messages.
    """

    branch: list[UUID]
    last: UUID | None
    messages: int
