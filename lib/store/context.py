"""What the agent reads of a chat: the end of a branch that fits a number of characters."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from lib.messages.parts import ContextMessage, Role


@dataclass(frozen=True)
class ContextPlace:
    """Where a message that the agent reads stands."""

    id: UUID
    parent_id: UUID | None
    role: Role


class ContextReads(Protocol):
    def list_context(self, chat_id: UUID, question_id: UUID, max_chars: int) -> list[ContextMessage]:
        """What the agent reads before it answers: the end of the branch up to the question, oldest first.

        As many messages as fit `max_chars` characters of stored parts, always with the question and the system
        messages. Standing instructions, if the chat uses them, take their part of these characters.
        """

    def list_context_places(self, chat_id: UUID, leaf_id: UUID, max_chars: int) -> list[ContextPlace]:
        """Where the same messages stand, of a branch that may also end with an answer, oldest first.

        At least those that tell where the agent begins to see: the system messages, the oldest of each role, the leaf.
        """
