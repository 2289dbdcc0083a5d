"""`GET /api/admin/checks`: who gets it, and how often the workspace is asked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from lib.checks import setup
from lib.identity import Asker
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.rest_client import Client
from tests.integration.test_api import assert_error

MAY_NOT = "Only admins of this app may see the check of its setup. ADMIN_USERS names them."


@pytest.fixture
def admin(platform: dict[str, str], request: pytest.FixtureRequest) -> Client:
    platform["ADMIN_USERS"] = ANN.id.upper()
    client: Client = request.getfixturevalue("ann")
    return client


def asked(workspace: Workspace) -> int:
    return len(workspace.requests.to("/api/2.0/serving-endpoints/demo-agent"))


def test_admins_get_what_was_found_and_when(admin: Client) -> None:
    answer = admin.get("/admin/checks")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"data", "checkedAt"}
    assert {"name": "Agent: demo-agent", "status": "good", "says": "It is there and ready.", "fix": ""} in body["data"]
    assert {each["name"] for each in body["data"]} == {"Sign-in", "Agent: demo-agent", "Database", "Schema chat"}
    age = datetime.now(UTC) - datetime.fromisoformat(body["checkedAt"])
    assert timedelta() <= age < timedelta(minutes=1)


def test_nobody_else_gets_anything_and_nothing_is_asked_for_them(
    admin: Client, bob: Client, workspace: Workspace
) -> None:
    refused = bob.get("/admin/checks")
    assert_error(refused, 403, "not_admin")
    assert refused.json()["error"] == MAY_NOT
    assert not workspace.requests.to("/api/2.0/preview/scim")


def test_a_result_is_used_again_for_a_while(
    admin: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.get("/admin/checks")
    before = asked(workspace)
    first, second = admin.get("/admin/checks").json(), admin.get("/admin/checks").json()
    assert first == second and asked(workspace) == before
    monkeypatch.setattr(setup, "REUSED_SECONDS", 0.0)
    admin.get("/admin/checks")
    assert asked(workspace) == before + 1


def test_checking_again_does_not_wait_for_that_but_for_a_moment(
    admin: Client, runtime: Runtime, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = runtime.setup_checks.run(Asker(ANN, None))
    first.finished()
    assert runtime.setup_checks.run(Asker(ANN, None), again=True) is first
    monkeypatch.setattr(setup, "PAUSE_SECONDS", 0.0)
    second = runtime.setup_checks.run(Asker(ANN, None), again=True)
    assert second is not first and second.finished().findings == first.report.findings


def test_a_run_that_goes_on_is_not_begun_twice(
    admin: Client, runtime: Runtime, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "PAUSE_SECONDS", 0.0)
    workspace.faults.discovery.next(delay_seconds=0.5)
    run = runtime.setup_checks.run(Asker(ANN, None))
    assert "Agent: demo-agent" in run.report.pending
    assert runtime.setup_checks.run(Asker(ANN, None), again=True) is run
    assert not run.finished().pending


def test_the_admins_token_is_used_only_for_their_own_rights(
    admin: Client, client_of: Callable[..., Client], workspace: Workspace
) -> None:
    token = workspace.issue_user_token(ANN.id)
    client = client_of(**{"x-forwarded-email": ANN.id, "x-forwarded-access-token": token})
    said = [each["says"] for each in client.get("/admin/checks").json()["data"]]
    assert "You may ask it with your own sign-in." in said
    with_it = [each.path for each in workspace.requests if token in each.headers.get("authorization", "")]
    assert with_it == ["/api/2.0/serving-endpoints/demo-agent"]
