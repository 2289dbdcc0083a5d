"""The figures of the Insights page as JSON."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from lib.api.schema_base import Schema
from lib.store.insights_models import Counts, Times, Usage, VotedAgainst, VotesAgainst


class TimesSchema(Schema):
    """In milliseconds, at most 5 % off."""

    p50_ms: int
    p95_ms: int


class CountsSchema(Schema):
    """`questions` that were asked, also again; how their answers ended; `untraced` are complete without a trace id."""

    questions: int
    complete: int
    stopped: int
    interrupted: int
    failed: int
    untraced: int
    upvotes: int
    downvotes: int
    helpful_share: float | None
    input_tokens: int
    output_tokens: int
    first_word: TimesSchema | None
    duration: TimesSchema | None


class DaySchema(CountsSchema):
    day: date
    users: int


class AgentCountsSchema(CountsSchema):
    agent: str


class FailureSchema(Schema):
    cause: str
    count: int


class ToolSchema(Schema):
    name: str
    uses: int
    failures: int


class InsightsSchema(Schema):
    """Every day of UTC, oldest first; the rest most frequent first."""

    days: list[DaySchema]
    total: CountsSchema
    agents: list[AgentCountsSchema]
    failures: list[FailureSchema]
    tools: list[ToolSchema]


class RemarkSchema(Schema):
    comment: str | None
    tags: list[str]


class VotedAgainstSchema(Schema):
    """What was said, and where, is null of a chat that you may not read."""

    agent: str | None
    downvotes: int
    last_at: datetime
    remarks: list[RemarkSchema]
    chat_id: UUID | None
    message_id: UUID | None
    question: str | None
    answer: str | None


class VotesAgainstSchema(Schema):
    data: list[VotedAgainstSchema]
    has_more: bool


def insights_schema(usage: Usage) -> InsightsSchema:
    return InsightsSchema(
        days=[DaySchema(day=day.day, users=day.users, **_counts(day.counts)) for day in usage.days],
        total=CountsSchema(**_counts(usage.total)),
        agents=[AgentCountsSchema(agent=agent, **_counts(counts)) for agent, counts in usage.agents.items()],
        failures=[FailureSchema(cause=cause, count=count) for cause, count in usage.failures.items()],
        tools=[ToolSchema(name=name, uses=use.uses, failures=use.failures) for name, use in usage.tools.items()],
    )


def votes_schema(votes: VotesAgainst) -> VotesAgainstSchema:
    return VotesAgainstSchema(data=list(map(_answer, votes.answers)), has_more=votes.has_more)


def _answer(answer: VotedAgainst) -> VotedAgainstSchema:
    words = answer.words
    return VotedAgainstSchema(
        agent=answer.agent,
        downvotes=answer.downvotes,
        last_at=answer.last_at,
        remarks=[RemarkSchema(comment=remark.comment, tags=list(remark.tags)) for remark in answer.remarks],
        chat_id=words.chat_id if words else None,
        message_id=words.message_id if words else None,
        question=words.question if words else None,
        answer=words.answer if words else None,
    )


def _counts(counts: Counts) -> dict[str, Any]:
    times = {"first_word": _times(counts.first_word), "duration": _times(counts.duration)}
    return {**vars(counts), **times, "helpful_share": counts.helpful_share}


def _times(times: Times | None) -> TimesSchema | None:
    return TimesSchema(p50_ms=times.p50_ms, p95_ms=times.p95_ms) if times else None
