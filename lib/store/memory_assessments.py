"""The outbox of assessments in memory, where no database is bound. The rules are those of sql/assessments.sql."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from uuid import UUID, uuid4

from lib.identity import User
from lib.store.assessments import (
    ALL,
    CLAIM_SECONDS,
    QUIET_SECONDS,
    Assessment,
    Backlog,
    Outcome,
    Problem,
    Receivers,
    receiver_of,
)
from lib.store.models import Delivery, Message, Vote

MAX_ASSESSMENTS = 10_000
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class _Row:
    """`wanted` is what MLflow is to have. Claims are made of it, with an id that may have come since."""

    wanted: Assessment
    user_id: str
    due_at: datetime | None
    is_asked_for: bool = False
    problem: Problem | None = None

    @property
    def free_at(self) -> datetime:
        return max(self.due_at or _NEVER, self.wanted.claimed_until)


class MemoryAssessments:
    """Those of all users; the oldest that are settled make room. A vote that is changed after that is sent as new."""

    def __init__(self) -> None:
        self._rows: dict[UUID, _Row] = {}
        self._of_votes: dict[tuple[UUID, str], _Row] = {}
        self._lock = RLock()

    def note(self, answer: Message, user: User, vote: Vote | None, *, is_own: bool = True) -> None:
        """The user has voted on an answer, or has deleted their vote. Genie is told only of those on one's own."""
        with self._lock:
            row = self._of_votes.get((answer.id, user.id))
            if vote is None:
                self._withdraw([row] if row else [])
            elif row:
                said = replace(row.wanted, is_upvoted=vote.is_upvoted, comment=vote.comment, tags=vote.tags)
                self._change(row, replace(said, source_id=user.source_id))
            elif answer.trace_id and (is_own or receiver_of(answer.trace_id) != "genie"):
                self._make_room()
                said = _assessment(answer, answer.trace_id, user, vote)
                self._rows[said.id] = self._of_votes[answer.id, user.id] = _Row(said, user.id, _now())

    def withdraw(self, message_ids: Iterable[UUID], user_id: str | None = None) -> None:
        """The votes on these answers are deleted: those of one user, or all."""
        gone = set(message_ids)
        with self._lock:
            rows = [row for (message_id, _), row in self._of_votes.items() if message_id in gone]
            self._withdraw([row for row in rows if user_id in (None, row.user_id)])

    def with_delivery(self, vote: Vote, message_id: UUID, user_id: str) -> Vote:
        with self._lock:
            row = self._of_votes.get((message_id, user_id))
            if row is None:
                return vote
            delivery: Delivery = "waiting" if row.due_at else "refused" if row.problem else "sent"
            return replace(vote, delivery=delivery, receiver=row.wanted.receiver)

    def claim(self, receivers: Receivers = ALL) -> Assessment | None:
        now = _now()
        with self._lock:
            due = [row for row in self._rows_of(receivers) if row.free_at <= now]
            if not due:
                return None
            row = min(due, key=lambda each: each.free_at)
            may_exist, said = row.is_asked_for, row.wanted
            row.is_asked_for |= said.assessment_id is None and said.is_upvoted is not None
            until = now + timedelta(seconds=CLAIM_SECONDS)
            row.wanted = replace(said, attempts=said.attempts + 1, claimed_until=until)
            return replace(row.wanted, may_exist=may_exist)

    def due_in_seconds(self, receivers: Receivers = ALL) -> float | None:
        with self._lock:
            times = [row.free_at for row in self._rows_of(receivers) if row.due_at]
        return max(0.0, (min(times) - _now()).total_seconds()) if times else None

    def settle(self, assessment: Assessment, outcome: Outcome) -> None:
        with self._lock:
            row = self._rows.get(assessment.id)
            if row is None or row.wanted.claimed_until != assessment.claimed_until:
                return
            row.wanted = replace(row.wanted, assessment_id=outcome.assessment_id, claimed_until=_now())
            row.is_asked_for = outcome.may_exist
            if row.wanted.version == assessment.version:
                again = outcome.again_seconds
                row.due_at = None if again is None else _now() + timedelta(seconds=again)
                row.problem = outcome.problem
            elif outcome.may_exist:
                row.due_at = _now() + timedelta(seconds=QUIET_SECONDS)

    def forget(self, assessment: Assessment) -> None:
        with self._lock:
            self._rows.pop(assessment.id, None)

    def backlog(self, receivers: Receivers = ALL) -> Backlog:
        with self._lock:
            rows = self._rows_of(receivers)
            given_up = [row.problem for row in rows if row.problem and not row.due_at]
            waiting = sum(1 for row in rows if row.due_at)
        return Backlog(waiting, {problem: given_up.count(problem) for problem in given_up})

    def retry(self) -> int:
        with self._lock:
            rows = [row for row in self._rows.values() if row.problem and not row.due_at]
            for row in rows:
                row.due_at, row.wanted = _now(), replace(row.wanted, attempts=0)
        return len(rows)

    def _rows_of(self, receivers: Receivers) -> list[_Row]:
        return [row for row in self._rows.values() if row.wanted.receiver in receivers]

    def _withdraw(self, rows: Iterable[_Row]) -> None:
        """What MLflow was never asked for is forgotten at once. Of the rest nothing is kept of the person."""
        for row in rows:
            del self._of_votes[row.wanted.message_id, row.user_id]
            if row.wanted.assessment_id is None and not row.is_asked_for:
                del self._rows[row.wanted.id]
                continue
            row.user_id = ""
            self._change(row, replace(row.wanted, is_upvoted=None, comment=None, tags=(), source_id=""))

    def _change(self, row: _Row, wanted: Assessment) -> None:
        row.wanted = replace(wanted, version=wanted.version + 1, attempts=0)
        row.due_at, row.problem = _now(), None

    def _make_room(self) -> None:
        if len(self._rows) >= MAX_ASSESSMENTS:
            settled = (id for id, row in self._rows.items() if row.due_at is None)
            oldest = self._rows.pop(next(settled, next(iter(self._rows))))
            self._of_votes.pop((oldest.wanted.message_id, oldest.user_id), None)


def _assessment(answer: Message, trace_id: str, user: User, vote: Vote) -> Assessment:
    return Assessment(
        id=uuid4(),
        message_id=answer.id,
        chat_id=answer.chat_id,
        trace_id=trace_id,
        source_id=user.source_id,
        agent=answer.agent,
        is_upvoted=vote.is_upvoted,
        comment=vote.comment,
        tags=vote.tags,
        version=1,
        assessment_id=None,
        may_exist=False,
        attempts=0,
        claimed_until=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC)
