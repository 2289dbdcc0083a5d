"""The app's client of MLflow against MLflow's own server, which knows nothing of Databricks' sign-in."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from lib.feedback.failures import NotThere
from lib.feedback.mlflow import MLflow
from lib.store.assessments import Assessment
from lib.workspace import Workspace
from tests.mlflow_server import MLflowServer

pytestmark = pytest.mark.xdist_group("mlflow")


class WithoutSignIn(Workspace):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def host(self) -> str:
        return self._url

    def headers(self) -> dict[str, str]:
        return {}


@pytest.fixture
def client(mlflow: MLflowServer) -> MLflow:
    return MLflow(WithoutSignIn(mlflow.url))


def wanted(trace_id: str) -> Assessment:
    """A thumb down with a comment and a reason."""
    return Assessment(
        id=uuid4(),
        message_id=uuid4(),
        chat_id=uuid4(),
        trace_id=trace_id,
        source_id="ann@example.com",
        agent="sales",
        is_upvoted=False,
        comment="March is missing 🙈",
        tags=("Too slow",),
        version=1,
        assessment_id=None,
        may_exist=False,
        attempts=0,
        claimed_until=datetime.now(UTC),
    )


def test_a_vote_is_created_found_changed_and_deleted(mlflow: MLflowServer, client: MLflow) -> None:
    vote = wanted(mlflow.new_trace())
    assert client.find(vote) is None
    made = client.create(vote)
    (seen,) = mlflow.assessments(vote.trace_id)
    assert (seen["assessment_id"], seen["assessment_name"]) == (made, "user_feedback")
    assert seen["source"] == {"source_type": "HUMAN", "source_id": "ann@example.com"}
    assert (seen["feedback"], seen["rationale"]) == ({"value": False}, "Too slow\nMarch is missing 🙈")
    assert (seen["metadata"]["tags"], seen["metadata"]["agent"]) == ("Too slow", "sales")
    assert client.find(vote) == made
    assert client.find(replace(vote, id=uuid4())) is None

    client.update(replace(vote, is_upvoted=True, comment=None, tags=()), made)
    (seen,) = mlflow.assessments(vote.trace_id)
    assert (seen["feedback"], seen["rationale"], seen["metadata"]["tags"]) == ({"value": True}, "", "")
    assert client.find(vote) == made

    client.delete(vote, made)
    client.delete(vote, made)
    assert mlflow.assessments(vote.trace_id) == []
    with pytest.raises(NotThere):
        client.update(vote, made)


def test_a_trace_that_is_not_there_is_recognised(client: MLflow) -> None:
    vote = wanted(f"tr-{uuid4().hex}")
    with pytest.raises(NotThere):
        client.create(vote)
    with pytest.raises(NotThere):
        client.find(vote)
    client.delete(vote, "a-1")
