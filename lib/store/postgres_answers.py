"""What is left at an answer once it is there: votes, the chart that its owner chose, next questions."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from lib.messages.parts import FollowUp
from lib.messages.serialise import parts_to_json
from lib.store.models import Vote
from lib.store.validation import MAX_STARTER_CHARS, valid_comment, valid_tags
from lib.tables.chart_json import chart_to_json
from lib.tables.charts import Chart

LIKED_DEPTH = 50
"""How many of the last votes are looked at for liked questions."""


class PostgresAnswers:
    """The part of `lib.store.postgres.PostgresStore` that concerns answers which have ended."""

    _rows: Callable[..., list[Any]]
    _shared: Callable[..., list[Any]]
    _changed: Callable[..., bool]

    def vote(
        self, message_id: UUID, is_upvoted: bool | None, comment: str | None = None, tags: Sequence[str] = ()
    ) -> bool:
        comment, tags = valid_comment(comment), valid_tags(tags)
        if is_upvoted is None:
            return bool(self._shared("delete_vote", message_id=message_id))
        binds = {"is_upvoted": is_upvoted, "comment": comment, "tags": list(tags)}
        return bool(self._shared("save_vote", message_id=message_id, **binds))

    def votes(self, chat_id: UUID) -> dict[UUID, Vote]:
        rows = self._shared("list_votes", chat_id=chat_id)
        return {
            row["message_id"]: Vote(
                row["is_upvoted"], row["comment"], tuple(row["tags"]), row["delivery"], row["receiver"]
            )
            for row in rows
        }

    def liked_questions(self, limit: int) -> list[str]:
        rows = self._rows("list_liked_questions", limit=limit, depth=LIKED_DEPTH, max_chars=MAX_STARTER_CHARS)
        return [row["content"] for row in rows]

    def keep_chart(self, chat_id: UUID, message_id: UUID, chart: Chart | None) -> bool:
        if chart is None:
            return self._changed("delete_chart", chat_id, message_id=message_id)
        return self._changed("save_chart", chat_id, message_id=message_id, chart=chart_to_json(chart))

    def add_follow_ups(self, chat_id: UUID, answer_id: UUID, questions: Sequence[str]) -> bool:
        parts = parts_to_json(map(FollowUp, questions))
        return bool(self._rows("add_follow_ups", chat_id=chat_id, message_id=answer_id, parts=parts))
