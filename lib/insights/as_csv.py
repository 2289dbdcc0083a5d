"""The figures of the Insights page as CSV."""

from typing import Any

from lib.store.insights_models import Counts, Times, Usage, VotesAgainst
from lib.tables.csv_file import to_csv

COUNTED = (
    *("questions", "complete", "stopped", "interrupted", "failed", "untraced", "upvotes", "downvotes"),
    *("input_tokens", "output_tokens"),
)
TIMES = ("first_word_p50_ms", "first_word_p95_ms", "duration_p50_ms", "duration_p95_ms")


def usage_csv(usage: Usage) -> bytes:
    """A row for each day."""
    rows = [[day.day.isoformat(), day.users, *_row(day.counts)] for day in usage.days]
    return to_csv(["day", "users", *COUNTED, *TIMES], rows)


def answers_csv(votes: VotesAgainst) -> bytes:
    """A row for each remark, or for an answer without any."""
    rows: list[list[Any]] = []
    for answer in votes.answers:
        words = answer.words
        place = [words.chat_id, words.message_id, words.question, words.answer] if words else [None] * 4
        start = [answer.agent, answer.downvotes, answer.last_at.isoformat()]
        remarks = [[remark.comment, ", ".join(remark.tags)] for remark in answer.remarks] or [[None, None]]
        rows += [[*start, *remark, *place] for remark in remarks]
    heads = ["agent", "downvotes", "last_at", "comment", "tags", "chat_id", "message_id", "question", "answer"]
    return to_csv(heads, rows)


def _row(counts: Counts) -> list[int | None]:
    return [*(getattr(counts, name) for name in COUNTED), *_times(counts.first_word), *_times(counts.duration)]


def _times(times: Times | None) -> tuple[int | None, int | None]:
    return (times.p50_ms, times.p95_ms) if times else (None, None)
