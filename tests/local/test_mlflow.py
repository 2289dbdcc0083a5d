"""Assessments on MLflow's own server, and on the local workspace, which has to answer the same."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.environment import without
from local.workspace import Workspace
from tests.mlflow_server import MLflowServer
from tests.server_process import FOREIGN, START_SECONDS, packages

pytestmark = pytest.mark.xdist_group("mlflow")

Json = dict[str, Any]
Step = tuple[str, str, Json | None]

SOURCE = {"source_type": "HUMAN", "source_id": "ann@example.com"}
VOTE = {"assessment_name": "user_feedback", "source": SOURCE, "feedback": {"value": True}}
REASONED: Json = VOTE | {"rationale": "Right numbers", "metadata": {"chat": "c1"}}
UNKNOWN = "tr-unknown"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with Workspace(None, role="role", client_id="role", client_secret="secret") as running:
        yield running


# -- MLflow's own server


def test_a_vote_is_created_changed_and_deleted_on_the_real_server(mlflow: MLflowServer) -> None:
    trace_id = mlflow.new_trace()
    assessments = f"{mlflow.url}/api/3.0/mlflow/traces/{trace_id}/assessments"
    created = httpx.post(assessments, json={"assessment": REASONED}, timeout=60)
    assert created.status_code == 200
    (found,) = mlflow.assessments(trace_id)
    assert found == created.json()["assessment"] and found["feedback"] == {"value": True}
    one = f"{assessments}/{found['assessment_id']}"
    change = {"assessment": {"feedback": {"value": False}, "rationale": ""}, "update_mask": "feedback,rationale"}
    assert httpx.patch(one, json=change, timeout=60).status_code == 200
    (found,) = mlflow.assessments(trace_id)
    assert (found["feedback"], found["rationale"], found["source"]) == ({"value": False}, "", SOURCE)
    assert httpx.delete(one, timeout=60).json() == {}
    assert mlflow.assessments(trace_id) == []


def test_the_real_server_knows_no_trace_that_no_agent_left(mlflow: MLflowServer) -> None:
    path = f"{mlflow.url}/api/3.0/mlflow/traces/{UNKNOWN}/assessments"
    answer = httpx.post(path, json={"assessment": VOTE}, timeout=60)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


# -- The same of both


@dataclass
class Party:
    """One of the two, and a trace in it. Ids and times are replaced in what it answers."""

    client: httpx.Client
    trace_id: str

    def __post_init__(self) -> None:
        self.made: list[str] = []

    def answer(self, step: Step) -> tuple[int, Any]:
        """Status and body. A path is that of the trace unless it names another; `{0}` is the first assessment's id."""
        method, path, body = step
        path = path if path.startswith("/") else f"/{self.trace_id}{'/' if path else ''}{path}"
        filled = path.format(*self.made)
        found = self.client.request(method, f"/api/3.0/mlflow/traces{filled}", json=body)
        if not found.headers["content-type"].startswith("application/json"):
            return found.status_code, None
        if found.status_code == 200 and method == "POST":
            self.made.append(found.json()["assessment"]["assessment_id"])
        return found.status_code, self._plain(found.json())

    def _plain(self, answer: Json) -> Json:
        """Without what differs each time, and without what an experiment's trace has besides."""
        text = json.dumps(answer).replace(self.trace_id, "TRACE")
        for number, assessment_id in enumerate(self.made):
            text = text.replace(assessment_id, f"ASSESSMENT {number}")
        plain: Json = json.loads(text, object_hook=_without_times)
        if "trace" in plain:
            info = plain["trace"]["trace_info"]
            info["assessments"] = sorted(info.get("assessments", ["none"]), key=str)
            for name in ("tags", "trace_metadata", "request_time"):
                info.pop(name, None)
        # Only the open-source server classifies its errors twice more.
        return {name: value for name, value in plain.items() if name not in ("sqlstate", "error_class")}


def _without_times(answer: Json) -> Json:
    for name in ("create_time", "last_update_time"):
        if name in answer and datetime.now(UTC) - datetime.fromisoformat(answer[name]) < timedelta(hours=1):
            answer[name] = "NOW"
    return answer


@pytest.fixture
def parties(mlflow: MLflowServer, workspace: Workspace) -> Iterator[tuple[Party, Party]]:
    bearer = {"Authorization": f"Bearer {workspace.issue_user_token(SOURCE['source_id'], scopes=('mlflow',))}"}
    with (
        httpx.Client(base_url=mlflow.url, timeout=60) as real,
        httpx.Client(base_url=workspace.url, timeout=60, headers=bearer) as local,
    ):
        yield Party(real, mlflow.new_trace()), Party(local, workspace.traces.new())


def create(**assessment: Any) -> Step:
    return "POST", "assessments", {"assessment": VOTE | assessment}


def bare(*names: str) -> Step:
    return "POST", "assessments", {"assessment": {name: VOTE[name] for name in names}}


def change(mask: Any, **assessment: Any) -> Step:
    return "PATCH", "assessments/{0}", {"assessment": assessment, "update_mask": mask}


READ: Step = ("GET", "", None)
EVERYTHING = {"feedback": {"value": False}, "rationale": "Wrong", "assessment_name": "other", "source": {}}
MINE = f"a-{uuid4().hex}"

SEQUENCES: dict[str, list[Step]] = {
    "a life": [
        READ,
        create(rationale="Right numbers", metadata={"chat": "c1"}),
        READ,
        ("GET", "assessments/{0}", None),
        change("feedback,rationale", **EVERYTHING),
        READ,
        ("DELETE", "assessments/{0}", None),
        READ,
        ("DELETE", "assessments/{0}", None),
        ("GET", "assessments/{0}", None),
        ("PATCH", "assessments/{0}", {"assessment": VOTE, "update_mask": "feedback"}),
    ],
    "two of the same name and source": [create(), create(), READ],
    "an id of the caller's": [create(assessment_id=MINE), create(assessment_id=MINE), READ],
    "no id": [create(assessment_id="")],
    "another trace in the body": [create(trace_id=UNKNOWN), READ],
    "times of the caller's": [
        create(create_time="2020-01-02T03:04:05Z", last_update_time="2020-01-02T03:04:05Z", valid=False)
    ],
    "camel case": [
        ("POST", "assessments", {"assessment": {"assessmentName": "x", "source": {"sourceType": "CODE"}, **bare_vote}})
        for bare_vote in [{"feedback": {"value": "yes"}}]
    ],
    "no name": [bare("source", "feedback")],
    "no source": [bare("assessment_name", "feedback")],
    "an unknown source": [create(source={"source_type": "ALIEN", "source_id": "x"}), create(source={})],
    "no feedback": [bare("assessment_name", "source"), bare(), READ],
    "values": [create(feedback={"value": value}) for value in (None, "good", 3, 0.5, [1, {"a": None}])],
    "no value": [create(feedback={})],
    "empty texts": [create(rationale="", metadata={}), create(rationale=None, metadata=None)],
    "an unknown field": [create(mood="good")],
    "texts of every kind": [create(rationale="é\u0000\n😀" * 1000)],
    "no assessment": [("POST", "assessments", VOTE), ("POST", "assessments", {})],
    "an unknown trace": [
        ("POST", f"/{UNKNOWN}/assessments", {"assessment": VOTE}),
        ("POST", f"/{UNKNOWN}/assessments", {"assessment": {}}),
        ("DELETE", f"/{UNKNOWN}/assessments/{MINE}", None),
        ("GET", f"/{UNKNOWN}", None),
    ],
    "an unknown assessment": [
        ("PATCH", f"assessments/{MINE}x", {"assessment": VOTE, "update_mask": "feedback"}),
        ("GET", f"assessments/{MINE}x", None),
        ("DELETE", f"assessments/{MINE}x", None),
    ],
    "each name of a mask": [
        create(rationale="Right", metadata={"chat": "c1"}),
        *(change(name, **EVERYTHING) for name in ("feedback", "rationale", "assessmentName", "source", "mood", "x,y")),
        change("metadata", metadata={"more": "2"}),
        change("metadata,rationale", metadata={"chat": "c3"}),
        change("feedback"),
        change("feedback,feedback", feedback={}),
        change("create_time,feedback", create_time="2020-01-02T03:04:05Z", feedback={"value": True}),
    ],
    "masks that are not read as meant": [
        create(),
        *(
            change(mask, **EVERYTHING)
            for mask in (
                *("assessment_name", "assessment_name,feedback", "rationale,assessment_name,feedback"),
                *("feedback, rationale", ",feedback", "feedback,", "Feedback", "feedback.value"),
                *({"paths": ["feedback"]}, ["feedback"]),
            )
        ),
    ],
    "no mask": [create(), change("", **EVERYTHING), change(None, **EVERYTHING), READ],
    "a mask in the query": [create(), ("PATCH", "assessments/{0}?update_mask=feedback", {"assessment": EVERYTHING})],
    "no assessment to change": [
        create(),
        ("PATCH", "assessments/{0}", {"update_mask": "feedback"}),
        ("PATCH", "assessments/{0}", VOTE | {"update_mask": "feedback"}),
    ],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_local_workspace_answers_as_mlflow_does(parties: tuple[Party, Party], name: str) -> None:
    real, local = parties
    for step in SEQUENCES[name]:
        expected, found = real.answer(step), local.answer(step)
        assert found == expected, step


# -- Unity Catalog's traces, which only Databricks has: MLflow's own client is the witness


def test_mlflows_own_client_votes_on_traces_in_unity_catalog(workspace: Workspace) -> None:
    trace_ids = [f"trace:/{location}/{uuid4().hex}" for location in ("main.agents", "main.agents.prefix")]
    for trace_id in trace_ids:
        workspace.traces.register(trace_id)
    token = workspace.issue_user_token(SOURCE["source_id"], scopes=("mlflow",))
    ended = subprocess.run(  # noqa: S603
        [sys.executable, Path(__file__).with_name("mlflow_client.py"), workspace.url, token, *trace_ids],
        env=without(os.environ, *FOREIGN) | {"PYTHONPATH": str(packages("mlflow")), "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    for trace_id, (made, changed, renamed, got, listed) in zip(trace_ids, (lines[:5], lines[5:]), strict=True):
        assert (made["trace_id"], made["source"], made["rationale"]) == (trace_id, SOURCE, "Right")
        assert (changed["feedback"], changed["rationale"]) == ({"value": False}, "Wrong")
        assert (renamed["assessment_name"], renamed["metadata"]) == ("renamed", {"chat": "c1"})
        assert got == listed == renamed


def test_no_other_process_of_the_tests_starts_these_servers(request: pytest.FixtureRequest) -> None:
    is_one_of_several = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@mlflow") is is_one_of_several
