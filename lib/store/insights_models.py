"""The figures of the Insights page as a store returns them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True)
class Times:
    """In milliseconds, at most 5 % off: times are counted in buckets (chat.bucket)."""

    p50_ms: int
    p95_ms: int


@dataclass(frozen=True)
class Counts:
    """`questions` are those that were asked, also again; the next four say how their answers ended."""

    questions: int = 0
    complete: int = 0
    stopped: int = 0
    interrupted: int = 0
    failed: int = 0
    untraced: int = 0
    """Of the complete ones, those without a trace id: votes on them cannot become assessments of MLflow."""
    upvotes: int = 0
    downvotes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    first_word: Times | None = None
    duration: Times | None = None
    """Of complete answers."""

    @property
    def helpful_share(self) -> float | None:
        """From 0 to 1; None without votes."""
        votes = self.upvotes + self.downvotes
        return self.upvotes / votes if votes else None


@dataclass(frozen=True)
class Day:
    day: date
    counts: Counts
    users: int
    """Who asked something; of a single user's figures, 1 on a day with a question."""


@dataclass(frozen=True)
class ToolUse:
    uses: int
    failures: int


@dataclass(frozen=True)
class Usage:
    """`days` has every day, oldest first, the mappings the most frequent first. An unknown agent is ''."""

    days: Sequence[Day]
    total: Counts
    agents: Mapping[str, Counts] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    tools: Mapping[str, ToolUse] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """What somebody gave as the reason of a vote."""

    comment: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """Where an answer stands, and the beginnings of its question and of itself."""

    chat_id: UUID
    message_id: UUID
    question: str
    answer: str


@dataclass(frozen=True)
class VotedAgainst:
    """`words` is None of an answer in a chat that the reader may not see, `agent` where it is not known."""

    agent: str | None
    downvotes: int
    last_at: datetime
    remarks: tuple[Remark, ...]
    words: Words | None


@dataclass(frozen=True)
class VotesAgainst:
    answers: Sequence[VotedAgainst]
    has_more: bool
