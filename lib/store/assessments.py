"""The outbox of assessments: what MLflow, or Genie of its own answers, is to be told of votes, whoever cast them.

A store notes each vote here in the transaction that stores it. `lib.feedback.delivery` claims the assessments one by
one, tells MLflow, and settles what came of it. Any process may do that: a claim is one process's alone until it
expires.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from lib.db.database import Database
from lib.messages.genie_id import PREFIX
from lib.store.models import Receiver

CLAIM_SECONDS = 120.0
"""Longer than telling MLflow of one vote can take. After that another process may claim the assessment."""
QUIET_SECONDS = 15.0
"""How long MLflow may go on with a request whose reply was lost."""
RETRIED_AT_ONCE = 5_000

Receivers = Collection[Receiver]
ALL: Receivers = ("mlflow", "genie")
Problem = Literal[
    "no_trace",
    "unavailable",
    "busy",
    "forbidden",
    "refused",
    "genie_unavailable",
    "genie_busy",
    "genie_forbidden",
    "genie_refused",
]
PROBLEMS_OF_GENIE: Mapping[Problem, Problem] = {
    "no_trace": "genie_forbidden",
    "unavailable": "genie_unavailable",
    "busy": "genie_busy",
    "forbidden": "genie_forbidden",
    "refused": "genie_refused",
}


def receiver_of(trace_id: str | None) -> Receiver:
    """Who is told of votes on the answer with this id. The database decides alike."""
    return "genie" if (trace_id or "").startswith(PREFIX) else "mlflow"


@dataclass(frozen=True)
class Assessment:
    """What MLflow is to be told. `is_upvoted` None: nothing any more, so its assessment has to be deleted there."""

    id: UUID
    message_id: UUID
    chat_id: UUID
    trace_id: str
    source_id: str
    """Who voted: the e-mail address, or the user's id."""
    agent: str | None
    is_upvoted: bool | None
    comment: str | None
    tags: tuple[str, ...]
    version: int
    """Grows with each change of the vote."""
    assessment_id: str | None
    """MLflow's own id, once it is known."""
    may_exist: bool
    """MLflow was asked to create it, and whether it did is not known."""
    attempts: int
    claimed_until: datetime

    @property
    def receiver(self) -> Receiver:
        return receiver_of(self.trace_id)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt. `again_seconds` None: it is not tried again."""

    assessment_id: str | None
    may_exist: bool = False
    problem: Problem | None = None
    again_seconds: float | None = None


@dataclass(frozen=True)
class Backlog:
    """How many assessments wait, and how many were given up for each reason."""

    waiting: int
    given_up: Mapping[Problem, int]


class Assessments(Protocol):
    """Every method may raise DatabaseUnavailable."""

    def claim(self, receivers: Receivers = ALL) -> Assessment | None:
        """The one for these receivers that has been due the longest, if any is."""

    def due_in_seconds(self, receivers: Receivers = ALL) -> float | None:
        """When the next one is due that nobody has claimed; None if none waits."""

    def settle(self, assessment: Assessment, outcome: Outcome) -> None:
        """A vote that was changed since the claim stays due."""

    def forget(self, assessment: Assessment) -> None:
        """The vote was deleted, and MLflow does not have it any more."""

    def backlog(self, receivers: Receivers = ALL) -> Backlog: ...

    def retry(self) -> int:
        """Make due what was given up. How many there were."""


class PostgresAssessments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, receivers: Receivers = ALL) -> Assessment | None:
        rows = self._rows("claim_assessment", lease_seconds=CLAIM_SECONDS, receivers=",".join(receivers))
        return Assessment(**{**rows[0], "tags": tuple(rows[0]["tags"])}) if rows else None

    def due_in_seconds(self, receivers: Receivers = ALL) -> float | None:
        rows = self._rows("next_assessment", receivers=",".join(receivers))
        return max(0.0, float(rows[0]["seconds"])) if rows else None

    def settle(self, assessment: Assessment, outcome: Outcome) -> None:
        self._rows(
            "settle_assessment",
            id=assessment.id,
            version=assessment.version,
            claimed_until=assessment.claimed_until,
            assessment_id=outcome.assessment_id,
            may_exist=outcome.may_exist,
            problem=outcome.problem,
            again_seconds=outcome.again_seconds,
            quiet_seconds=QUIET_SECONDS,
        )

    def forget(self, assessment: Assessment) -> None:
        self._rows("delete_assessment", id=assessment.id)

    def backlog(self, receivers: Receivers = ALL) -> Backlog:
        rows = self._rows("count_assessments", receivers=",".join(receivers))
        given_up = {row["problem"]: row["given_up"] for row in rows if row["given_up"]}
        return Backlog(sum(row["waiting"] for row in rows), given_up)

    def retry(self) -> int:
        total = 0
        while batch := self._rows("retry_assessments", limit=RETRIED_AT_ONCE):
            total += len(batch)
        return total

    def _rows(self, query: str, **binds: Any) -> list[Any]:
        """In the scope that shows the assessments of all users."""
        return list(self._database.rows(query, scope="process", **binds))
