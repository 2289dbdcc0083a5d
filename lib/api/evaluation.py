"""The route for rated answers as an evaluation set."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Response

from lib.api.dependencies import CurrentUser, Process
from lib.api.insights import Agent, Days
from lib.api.openapi import NOTHING, new_router
from lib.export.file_names import content_disposition
from lib.insights.access import rated_answers_of
from lib.insights.evaluation_set import FORMATS, evaluation_set

Rated = Annotated[
    Literal["down", "all"], Query(description="Only answers that somebody found bad, or all that were rated")
]
router = new_router("insights")


@router.get("/insights/evaluation-set", response_class=Response, responses=NOTHING)
def evaluation(
    user: CurrentUser,
    process: Process,
    days: Days = 30,
    agent: Agent = None,
    rated: Rated = "down",
    format: Literal["json", "csv"] = "json",
) -> Response:
    """Rated answers as a file for `mlflow.genai.evaluate`. Only for those named in ADMIN_USERS. 204 in Ephemeral mode.

    It has the answers of the admin's own chats and of shared ones; the header X-Left-Out counts those of others.
    """
    answers = rated_answers_of(process, user)
    if answers is None:
        return Response(status_code=204)
    found = answers.rated(days, agent, only_down=rated == "down")
    records, chosen = evaluation_set(found), FORMATS[format]
    headers = {
        "Content-Disposition": content_disposition(f"evaluation set {datetime.now(UTC):%Y-%m-%d}.{format}"),
        "X-Left-Out": str(len(found) - len(records)),
    }
    return Response(chosen.write(records), media_type=chosen.media_type, headers=headers)
