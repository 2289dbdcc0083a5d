"""Routes for the figures of the Insights page."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from lib.api.chat_filters import MAX_AGENT_CHARS
from lib.api.dependencies import CurrentUser, Process
from lib.api.insights_schemas import InsightsSchema, VotesAgainstSchema, insights_schema, votes_schema
from lib.api.openapi import MAX_PAGE, NOTHING, new_router
from lib.export.file_names import content_disposition
from lib.insights.access import insights_of
from lib.insights.as_csv import answers_csv, usage_csv
from lib.store.insights import ANSWERS_A_PAGE, MOST_DAYS, Insights
from lib.tables.csv_file import MEDIA_TYPE

MOST_OFFSET = 10_000
OR_CSV: dict[int | str, dict[str, Any]] = {**NOTHING, 200: {"content": {MEDIA_TYPE: {}}}}
router = new_router("insights")


def _insights(
    user: CurrentUser,
    process: Process,
    everybody: Annotated[bool, Query(description="Of all users together. Only for those named in ADMIN_USERS")] = False,
) -> Insights | None:
    return insights_of(process, user, everybody=everybody)


Asked = Annotated[Insights | None, Depends(_insights)]
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="The last of which is today")]
Agent = Annotated[str | None, Query(max_length=MAX_AGENT_CHARS, description="Only of this agent")]
Format = Literal["json", "csv"]


@router.get("/insights", response_model=InsightsSchema, responses=OR_CSV)
def usage(insights: Asked, days: Days = 30, agent: Agent = None, format: Format = "json") -> InsightsSchema | Response:
    """Questions, answers, votes, times, failures and tools: your own, or everybody's. 204 in Ephemeral mode.

    A question counts on the day on which it was asked, a vote on the day on which it was cast or last changed. `agents`
    has all of them, whatever `agent` says. As CSV: the days.
    """
    if insights is None:
        return Response(status_code=204)
    found = insights.usage(days, agent)
    return _csv("insights", usage_csv(found)) if format == "csv" else insights_schema(found)


@router.get("/insights/answers", response_model=VotesAgainstSchema, responses=OR_CSV)
def answers(
    insights: Asked,
    days: Days = 30,
    agent: Agent = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = ANSWERS_A_PAGE,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
    format: Format = "json",
) -> VotesAgainstSchema | Response:
    """The answers with the most votes against them, by your own votes or by everybody's. 204 in Ephemeral mode.

    Comments and tags are those of the latest twenty votes. What was said is there only of chats that you may read.
    """
    if insights is None:
        return Response(status_code=204)
    found = insights.voted_against(days, agent, limit, offset)
    return _csv("down-voted answers", answers_csv(found)) if format == "csv" else votes_schema(found)


def _csv(name: str, content: bytes) -> Response:
    file = f"{name} {datetime.now(UTC):%Y-%m-%d}.csv"
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": content_disposition(file)})
