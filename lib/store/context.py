"""What the agent reads of a chat: as much of the end of a branch as fits, and a summary of what comes before."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from lib.messages.parts import ContextMessage, Role

Said = TypeVar("Said")


@dataclass(frozen=True)
class ContextSummary:
    """Of a branch from its beginning to a message, for every branch through that message."""

    message_id: UUID
    content: str


@dataclass(frozen=True)
class Context(Generic[Said]):
    """`said` is oldest first. `summary` is of what comes before; None also if all of it is there."""

    said: list[Said]
    summary: ContextSummary | None = None


GENIE_MESSAGES = 20
"""How many messages of a branch are searched for answers of Genie's. The last one that did not fail is enough."""


@dataclass(frozen=True)
class ContextPlace:
    """Where a message that the agent reads stands."""

    id: UUID
    parent_id: UUID | None
    role: Role


@dataclass(frozen=True)
class LackingMessage:
    """A message that a summary does not cover yet. `files` are the names of those that came with it."""

    id: UUID
    role: Role
    content: str
    files: list[str]


@dataclass(frozen=True)
class Unsummarised:
    """The summary so far, empty if there is none, and what comes after it, oldest first."""

    summary: str
    messages: list[LackingMessage]


class ContextReads(Protocol):
    def list_context(
        self, chat_id: UUID, question_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextMessage]:
        """What the agent reads before it answers: the end of the branch up to the question.

        As many messages as fit `max_chars` characters of stored parts, always with the question and the system
        messages. The question has the ids of Genie's last answers, whether or not these fit. Standing instructions, if
        the chat uses them, take their part of these characters, and so does the summary, which there is only where
        something does not fit.
        """

    def list_context_places(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextPlace]:
        """Where the same messages stand, of a branch that may also end with an answer.

        At least those that tell where the agent begins to see: the system messages, the oldest of each role, the leaf.
        """


class ContextSummaries(Protocol):
    """Summaries are kept beside the messages. Their owner alone reads them; a copy of the chat has none."""

    def list_unsummarised(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, kept_chars: int, batch_chars: int
    ) -> Unsummarised:
        """What the next summary of the branch to a leaf should cover, once something of it does not fit `max_chars`.

        That is what does not fit `kept_chars`, behind the last summary: as much as `batch_chars`, and at least one
        message. No messages: nothing is to be summarised.
        """

    def save_context_summary(self, chat_id: UUID, message_id: UUID, content: str) -> bool:
        """Keep a summary of a branch up to a message, in place of an earlier one. Whether there is such a message."""
