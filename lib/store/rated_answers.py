"""Rated answers with the conversation that led to them, for admins who want to evaluate an agent with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from lib.db.database import Database
from lib.store.insights_models import Remark

MOST_RATED_ANSWERS = 10_000


@dataclass(frozen=True)
class RatedAnswer:
    """`conversation` and `answer` are None of a chat that the admin may not read: another's that is not shared."""

    id: UUID
    agent: str | None
    model: str | None
    trace_id: str | None
    conversation: Sequence[Mapping[str, str]] | None
    """Roles and texts, the question last."""
    answer: str | None
    upvotes: int
    downvotes: int
    remarks: tuple[Remark, ...]
    """The latest first."""


class RatedAnswers(Protocol):
    """May raise DatabaseUnavailable."""

    def rated(self, days: int, agent: str | None = None, *, only_down: bool = True) -> list[RatedAnswer]:
        """Those that were rated in so many days, the last rated first; at most MOST_RATED_ANSWERS."""


class PostgresRatedAnswers:
    """Of everybody. Whoever makes it has made sure that `reader_id` is an admin's."""

    def __init__(self, database: Database, reader_id: str) -> None:
        self._database = database
        self._reader_id = reader_id

    def rated(self, days: int, agent: str | None = None, *, only_down: bool = True) -> list[RatedAnswer]:
        binds = {"days": days, "agent": agent, "only_down": only_down, "limit": MOST_RATED_ANSWERS}
        rows = self._database.rows("list_rated_answers", user_id=self._reader_id, scope="aggregates", **binds)
        return [_rated(row) for row in rows]


def _rated(row: Any) -> RatedAnswer:
    remarks = tuple(Remark(each["comment"], tuple(each["tags"])) for each in row["remarks"])
    said = {name: value for name, value in dict(row).items() if name not in ("answer_id", "remarks")}
    return RatedAnswer(id=row["answer_id"], remarks=remarks, **said)
