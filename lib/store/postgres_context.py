"""What the agent reads of a chat in Postgres."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from lib.messages.parts import ContextMessage
from lib.messages.serialise import parts_from_json
from lib.store.context import GENIE_MESSAGES, Context, ContextPlace, ContextSummary, LackingMessage, Unsummarised
from lib.store.files import context_files


class PostgresContext:
    """The part of `lib.store.postgres.PostgresStore` for what agents read, and for its summaries."""

    _rows: Callable[..., list[Any]]

    def list_context(
        self, chat_id: UUID, question_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextMessage]:
        binds = {"chat_id": chat_id, "leaf_id": question_id, "max_chars": max_chars, "with_summary": with_summary}
        rows = self._rows("list_context", **binds, genie_messages=GENIE_MESSAGES)
        return Context(list(map(_said, rows)), _summary_in(rows))

    def list_context_places(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, *, with_summary: bool = False
    ) -> Context[ContextPlace]:
        binds = {"chat_id": chat_id, "leaf_id": leaf_id, "max_chars": max_chars, "with_summary": with_summary}
        rows = self._rows("list_context_places", **binds)
        return Context([ContextPlace(row["id"], row["parent_id"], row["role"]) for row in rows], _summary_in(rows))

    def list_unsummarised(
        self, chat_id: UUID, leaf_id: UUID, max_chars: int, kept_chars: int, batch_chars: int
    ) -> Unsummarised:
        binds = {"max_chars": max_chars, "kept_chars": kept_chars, "batch_chars": batch_chars}
        rows = self._rows("list_unsummarised", chat_id=chat_id, leaf_id=leaf_id, **binds)
        summary = next((row["summary"] for row in rows), None) or ""
        return Unsummarised(summary, [_lacking(row) for row in rows])

    def save_context_summary(self, chat_id: UUID, message_id: UUID, content: str) -> bool:
        return bool(self._rows("save_context_summary", chat_id=chat_id, message_id=message_id, content=content))


def _said(row: Any) -> ContextMessage:
    parts, files = parts_from_json(row["parts"]), context_files(row["attachments"])
    return ContextMessage(row["role"], parts, files, tuple(row["genie_ids"] or ()))


def _summary_in(rows: list[Any]) -> ContextSummary | None:
    """It comes with the last message."""
    found = ((row["summary_until"], row["summary"]) for row in rows if row["summary_until"])
    return next((ContextSummary(*summary) for summary in found), None)


def _lacking(row: Any) -> LackingMessage:
    return LackingMessage(row["id"], row["role"], row["content"], [file["name"] for file in row["attachments"]])
