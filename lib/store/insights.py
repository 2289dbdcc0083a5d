"""What the Insights page shows: counts of questions, answers, votes and tools, of one user or of everybody together.

The counts of ended days are kept as sums (chat.daily_counts); those of today, and of yesterday until it is counted, are
made when they are asked for. Days are those of UTC.
"""

import json
from typing import Any, Protocol
from uuid import UUID

from lib.db.database import Database
from lib.store.insights_models import Remark, Usage, VotedAgainst, VotesAgainst, Words
from lib.store.usage_rows import usage_of

MOST_DAYS = 365
KEEP_DAYS = MOST_DAYS + 35
ANSWERS_A_PAGE = 10


class Insights(Protocol):
    """Of one user, or of everybody. Every method may raise DatabaseUnavailable."""

    def usage(self, days: int, agent: str | None = None) -> Usage:
        """Of so many days, the last of which is today. `agents` are all, whichever one the rest is about."""

    def voted_against(
        self, days: int, agent: str | None = None, limit: int = ANSWERS_A_PAGE, offset: int = 0
    ) -> VotesAgainst:
        """The answers with the most votes against them, most first. The user's own votes, or everybody's."""


class DailyCounts(Protocol):
    """May raise DatabaseUnavailable."""

    def count_day(self) -> int:
        """Keep the counts of an ended day that is due to be counted. How many there were, 0 or 1."""


class PostgresInsights:
    """`user_id` None: of everybody. Whoever makes it has made sure that `reader_id` may see that."""

    def __init__(self, database: Database, user_id: str | None, reader_id: str) -> None:
        self._database = database
        self._reader_id = reader_id
        self._user_id = user_id or ""
        self._is_of_everybody = user_id is None

    def usage(self, days: int, agent: str | None = None) -> Usage:
        return usage_of(self._rows("list_counts", "aggregates", days=days, agent=agent), days, agent)

    def voted_against(
        self, days: int, agent: str | None = None, limit: int = ANSWERS_A_PAGE, offset: int = 0
    ) -> VotesAgainst:
        rows = self._rows("list_votes_against", "against", days=days, agent=agent, limit=limit + 1, offset=offset)
        words = self._words_of([str(row["message_id"]) for row in rows[:limit]])
        answers = [
            VotedAgainst(
                agent=row["agent"],
                downvotes=row["downvotes"],
                last_at=row["last_at"],
                remarks=tuple(Remark(remark["comment"], tuple(remark["tags"])) for remark in row["remarks"]),
                words=words.get(row["message_id"]),
            )
            for row in rows[:limit]
        ]
        return VotesAgainst(answers, has_more=len(rows) > limit)

    def _words_of(self, message_ids: list[str]) -> dict[UUID, Words]:
        """As any other reader of shared chats: who may see everybody's figures may not see everybody's chats."""
        rows = self._database.rows(
            "list_readable_answers", user_id=self._reader_id, scope="shared", message_ids=json.dumps(message_ids)
        )
        return {row["id"]: Words(row["chat_id"], row["id"], row["question"] or "", row["answer"]) for row in rows}

    def _rows(self, query: str, scope_of_everybody: str, **binds: Any) -> list[Any]:
        scope = scope_of_everybody if self._is_of_everybody else "own"
        return list(self._database.rows(query, user_id=self._user_id, scope=scope, **binds))


class PostgresDailyCounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def count_day(self) -> int:
        return len(self._database.rows("count_day", scope="people", keep_days=KEEP_DAYS))
