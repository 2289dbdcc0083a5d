"""`make deploy` from the first word to the last, against the stand-ins of the CLI and of the workspace."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.app import AppProcess
from local.databricks_cli import executable
from local.deploy import visitor
from local.deploy.deployment import Deployment
from local.environment import STREAMLIT, without
from local.workspace import Workspace
from local.workspace.app_deployments import Deployment as Deployed
from local.workspace.app_deployments import DeploymentFailed
from local.workspace.server import Server
from tests.local.cli_bench import AGENT, DEMO, PROJECT, Bench, bench, deploy, refused

ID, SECRET = "1a4ec8a7-0000-4000-8000-0000000000d1", "a secret"
STATE = "/Workspace/Users/demo@example.com/.bundle/lakechat/dev/state"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with Workspace(None, role=ID, client_id=ID, client_secret=SECRET, words_per_second=float("inf")) as running:
        yield running


@pytest.fixture(scope="module")
def app(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app of this project without a database, as the platform would run it."""
    environ = {
        **without(os.environ, "DATABRICKS_", "PG", "LAKEBASE_", "DATABASE_URL"),
        **STREAMLIT,
        **{"DATABRICKS_HOST": workspace.url, "DATABRICKS_CLIENT_ID": ID, "DATABRICKS_CLIENT_SECRET": SECRET},
        **{"DATABRICKS_APP_NAME": "lakechat-dev", "SERVING_ENDPOINT": "demo-agent", "AGENT_AUTH": "app"},
    }
    with AppProcess(environ, log=tmp_path_factory.mktemp("app") / "log") as running:
        yield running


@pytest.fixture
def nobody(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Nobody is signed in, and nothing is deployed."""
    monkeypatch.setattr(visitor, "RETRY_SECONDS", 0.01)
    yield bench(workspace, tmp_path)
    workspace.faults.clear()
    workspace.apps.items.clear()
    workspace.apps.user_authorization = True
    workspace.files.objects.clear()
    workspace.lakebase_projects.resources.clear()


@pytest.fixture
def demo(nobody: Bench, app: AppProcess) -> Bench:
    """Somebody is signed in, and what they deploy runs."""
    nobody.sign_in(DEMO)
    nobody.workspace.deployments.launch = lambda deployment: app.url
    return nobody


@pytest.fixture
def unchecked(demo: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The same, without the checks that a test of the later steps has no need of and that take most of the time."""
    for step in ("validate", "check"):
        monkeypatch.setattr(Deployment, step, lambda _: None)
    return demo


def launch(workspace: Workspace, message: str) -> None:
    def fail(_: Deployed) -> str:
        raise DeploymentFailed(message)

    workspace.deployments.launch = fail


@contextmanager
def health_says(workspace: Workspace, answer: Callable[[], Response]) -> Iterator[None]:
    """What is deployed is an app that answers every request with this."""
    said = Starlette(routes=[Route("/{path:path}", lambda _: answer(), methods=["GET", "POST", "DELETE"])])
    server = Server(said, 0, lambda: None).start()
    workspace.deployments.launch = lambda deployment: f"http://127.0.0.1:{server.port}"
    try:
        yield
    finally:
        server.stop()


def lakebase(mode: str, reason: str | None = None) -> Callable[[], Response]:
    return lambda: JSONResponse({"mode": mode, "since": "2026-11-29T08:00:00Z", "reason": reason, "migration": 41})


# -- what goes well


def test_one_command_leads_to_an_app_that_runs_and_answers(demo: Bench) -> None:
    done = deploy(demo, "ephemeral", "ephemeral", AGENT, "--ask", "Which region sold most last quarter?")
    assert done.returncode == 0
    assert [line.split("] ")[1] for line in done.stdout.splitlines() if line.startswith("[")] == [
        *("Options", "Databricks CLI", "Sign-in", "Bundle", "Workspace", "Deploy", "Start", "Storage", "Question"),
    ]
    assert "lakechat-ephemeral in http://127.0.0.1:" in done.stdout
    assert "Chats live in the app's memory, as this target has it" in done.stdout
    assert "Which region sold most last quarter? " in done.stdout
    url = demo.workspace.apps.items["lakechat-ephemeral"]["url"]
    assert f"\nLakechat runs: {url}\n" in done.stdout
    assert "Took " in done.stdout.splitlines()[-1]
    assert "start " in done.stdout.splitlines()[-1]
    assert "eyJ" not in done.stdout
    person = {"Authorization": f"Bearer {demo.workspace.issue_user_token(DEMO)}"}
    assert httpx.get(f"{url}/api/history", headers=person).status_code == 204


def test_the_agent_is_remembered_and_a_second_run_changes_nothing_but_the_code(demo: Bench) -> None:
    with health_says(demo.workspace, lakebase("saved")):
        assert deploy(demo, "dev", AGENT).returncode == 0
        again = deploy(demo, "dev")
    assert again.returncode == 0
    assert "0 created, 0 changed, 0 deleted, 4 unchanged" in again.stdout
    assert "Chats are saved in Lakebase (migration 41)." in again.stdout
    assert len(demo.workspace.requests.to("/api/2.0/apps/lakechat-dev/deployments", "POST")) == 2


# -- before anything is changed


def test_a_missing_and_an_old_cli_are_named(demo: Bench, tmp_path: Path) -> None:
    executable.install(tmp_path / "bin", "0.295.0")
    said = refused(demo, "dev", AGENT)
    assert said.startswith("The Databricks CLI is 0.295.0, and this bundle needs 1.4.0.")
    (tmp_path / "bin" / "databricks").unlink()
    demo.environ["PATH"] = str(tmp_path / "bin")
    said = refused(demo, "dev", AGENT)
    assert said.startswith("The Databricks CLI is not installed, or not on PATH.")
    assert "What to do: Install it (https://docs.databricks.com/dev-tools/cli/install.html), at least 1.4.0." in said


def test_whoever_is_not_signed_in_is_told_how(nobody: Bench) -> None:
    said = refused(nobody, "dev", AGENT)
    assert said.startswith("You are not signed in to the workspace, or your sign-in has ended.")
    assert "What to do: databricks auth login --host https://…, then this command again." in said


def test_an_expired_sign_in_is_told_with_its_profile(demo: Bench) -> None:
    demo.sign_in(DEMO, "work")
    demo.workspace.tokens.expire_all()
    demo.workspace.tokens.end_sign_ins()
    cache = demo.home / ".databricks" / "token-cache.json"
    cache.write_text(re.sub(r'"expiry": "20\d\d', '"expiry": "2020', cache.read_text()))
    said = refused(demo, "dev", AGENT, "--profile", "work")
    assert said.startswith("You are not signed in to the workspace, or your sign-in has ended.")
    assert "What to do: databricks auth login --profile work, then this command again." in said
    assert "the refresh token is invalid" in said


def test_a_choice_that_makes_no_sense_is_refused_before_anything_else(demo: Bench) -> None:
    assert "There is no option 'titels'" in refused(demo, "dev", "titels", AGENT)
    assert "databricks.yml has no target 'test'" in refused(demo, "test", AGENT)


def test_mistakes_in_the_bundle_stop_the_deployment(demo: Bench) -> None:
    deploy(demo, "ephemeral")
    file = demo.project / "targets" / "dev.yml"
    file.write_text(file.read_text().replace("value_from: postgres", "valueFrom: postgres"))
    with patch.dict(demo.environ, BUNDLE_VAR_serving_endpoint="demo-agent"):
        said = refused(demo, "dev")
    assert said.startswith("The bundle has mistakes.")
    assert "valueFrom" in said
    assert demo.workspace.apps.items == {}


def test_what_the_checks_find_stops_the_deployment_unless_forced(demo: Bench) -> None:
    demo.workspace.faults.deployments.next(message="error installing packages")
    said = refused(demo, "dev", "serving_endpoint=missing")
    assert said.startswith("The workspace is not ready: ")
    assert "FORCE=1 deploys all the same." in said
    assert demo.workspace.apps.items == {}
    said = refused(demo, "dev", "serving_endpoint=missing", "--force")
    assert said.startswith("The workspace has no serving endpoint named missing.")
    assert "What to do: List what it has: databricks serving-endpoints list." in said
    assert "HTTP Status: 404 Not Found" in said


# -- what the workspace refuses


def test_a_workspace_without_lakebase(unchecked: Bench) -> None:
    body = {"error_code": "FEATURE_DISABLED", "message": "Not available."}
    unchecked.workspace.faults.lakebase.always(status=404, body=body)
    said = refused(unchecked, "dev", AGENT)
    assert said.startswith("The workspace has no Lakebase, or it is switched off.")
    assert "make deploy TARGET=ephemeral" in said


def test_a_workspace_without_user_authorization(unchecked: Bench) -> None:
    unchecked.workspace.apps.user_authorization = False
    said = refused(unchecked, "dev", "on-behalf", AGENT)
    assert said.startswith("The workspace does not let apps act for people, which the option on-behalf needs.")
    assert "API message: User token passthrough not enabled" in said


def test_a_name_that_is_taken_is_bound_and_then_deployed(unchecked: Bench) -> None:
    bearer = {"Authorization": f"Bearer {unchecked.workspace.tokens.issue_pat(DEMO)}"}
    httpx.post(f"{unchecked.workspace.url}/api/2.0/apps", json={"name": "lakechat-dev"}, headers=bearer)
    said = refused(unchecked, "dev", AGENT)
    assert said.startswith("An app named lakechat-dev exists, and this bundle did not make it.")
    command = re.search(r"databricks (bundle deployment bind .* --auto-approve)", said)
    assert command
    assert unchecked.run(*command[1].split()).returncode == 0
    with health_says(unchecked.workspace, lakebase("saved")):
        assert deploy(unchecked, "dev").returncode == 0


def test_a_lock_that_was_left_behind(unchecked: Bench) -> None:
    held = {"User": "bob@example.com", "AcquisitionTime": "2026-11-29T08:00:00Z"}
    unchecked.workspace.files.objects[f"{STATE}/deploy.lock"] = json.dumps(held).encode()
    said = refused(unchecked, "dev", AGENT)
    assert said.startswith("A deployment of bob@example.com is under way, or was interrupted and left its lock behind.")
    command = re.search(r"databricks (bundle deploy --force-lock -t dev)", said)
    assert command
    assert unchecked.run(*command[1].split()).returncode == 0


# -- the app that does not start


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("error installing packages", "The platform could not install what requirements.txt names."),
        ("app crashed unexpectedly. Please check /logz for more details", "The app was started and ended by itself."),
        ("error resolving resource postgres", "The app names a resource that it does not have: postgres."),
        ("something new", "The app could not be started."),
    ],
)
def test_a_start_that_fails_says_why(unchecked: Bench, message: str, says: str) -> None:
    launch(unchecked.workspace, message)
    said = refused(unchecked, "ephemeral", "ephemeral", AGENT)
    assert said.startswith(says)
    assert f"got FAILED: {message}" in said


def test_a_deployment_that_failed_goes_on_where_it_was(unchecked: Bench) -> None:
    launch(unchecked.workspace, "error installing packages")
    refused(unchecked, "dev", AGENT)
    with health_says(unchecked.workspace, lakebase("saved")):
        again = deploy(unchecked, "dev")
    assert again.returncode == 0
    assert "0 created, 0 changed, 0 deleted, 4 unchanged" in again.stdout


def test_an_app_that_does_not_get_to_run_in_time(unchecked: Bench) -> None:
    with health_says(unchecked.workspace, lakebase("saved")):
        slow = {"state": "DEPLOYING", "message": "App has status: App is deploying"}
        with patch("local.workspace.app_deployments.RUNNING", slow):
            said = refused(unchecked, "dev", AGENT, "--wait", "0.1")
        assert said.startswith("The app did not run within 0.1 s.")
        assert "App has status: App is deploying" in said
        crashed = {"state": "CRASHED", "message": "App has status: App crashed unexpectedly"}
        with patch("local.workspace.app_deployments.RUNNING", crashed):
            assert refused(unchecked, "dev").startswith("The app was started and ended by itself.")


# -- the app that runs, but not as it should


def test_an_app_that_cannot_use_its_schema(unchecked: Bench) -> None:
    reason = (
        "The schema chat, or a part of it, belongs to the role ann, not to the app's role. An admin can run: "
        "REASSIGN OWNED BY ann TO app;"
    )
    with health_says(unchecked.workspace, lakebase("reconnecting", reason)):
        said = refused(unchecked, "dev", AGENT, "--wait", "0.1")
    assert said.startswith("The app runs, but its schema belongs to somebody else, so it cannot keep chats.")
    assert "What to do: Run as an admin of the database: REASSIGN OWNED BY ann TO app;" in said


def test_an_app_whose_database_is_away_or_not_known(unchecked: Bench) -> None:
    with health_says(unchecked.workspace, lakebase("reconnecting", "Lakebase refuses the app's login.")):
        said = refused(unchecked, "dev", AGENT, "--wait", "0.1")
    assert said.startswith("The app runs, but cannot use its database.")
    assert "Lakebase refuses the app's login." in said
    with health_says(unchecked.workspace, lakebase("ephemeral")):
        said = refused(unchecked, "dev")
    assert said.startswith("The app runs, but keeps no chats: it knows of no database although one is bound.")


def test_an_app_that_wakes_its_database_is_waited_for(unchecked: Bench) -> None:
    answers = iter([Response(status_code=502), *(lakebase("reconnecting", "Waking")() for _ in range(3))])
    with health_says(unchecked.workspace, lambda: next(answers, lakebase("saved")())):
        assert deploy(unchecked, "dev", AGENT).returncode == 0


def test_a_personal_access_token_deploys_but_cannot_ask_the_app(nobody: Bench, app: AppProcess) -> None:
    executable.use_personal_access_token(nobody.home, nobody.workspace, DEMO)
    nobody.workspace.deployments.launch = lambda deployment: app.url
    said = refused(nobody, "ephemeral", "ephemeral", AGENT)
    assert said.startswith("The app runs, but takes no personal access token, so it could not be asked anything.")
    assert "databricks auth login" in said
    assert "dapi" not in said


def test_an_agent_that_does_not_answer_the_question(unchecked: Bench) -> None:
    unchecked.workspace.faults.invocations.always(status=403, message="You may not query the endpoint.")
    said = refused(unchecked, "ephemeral", "ephemeral", AGENT, "--ask", "Who are you?")
    assert said.startswith("The app runs, but its agent did not answer the question.")
    assert "What was said:" in said


def test_what_nobody_foresaw_is_a_problem_too(unchecked: Bench) -> None:
    answers = iter([lakebase("ephemeral")(), Response(), Response("<html>", media_type="text/html")])
    with health_says(unchecked.workspace, lambda: next(answers, Response())):
        said = refused(unchecked, "ephemeral", "ephemeral", AGENT, "--ask", "Who are you?")
    assert said.startswith("The step Question failed.")


# -- Ctrl-C


# Whatever a shell has started in the background ignores Ctrl-C, and so would what the tests start.
INTERRUPTIBLE = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {str(PROJECT)!r})
from pathlib import Path
from local.deploy.__main__ import main
sys.exit(main(['dev', 'serving_endpoint=demo-agent'], Path.cwd()))
"""


def test_ctrl_c_says_how_far_it_came_and_how_the_app_is(unchecked: Bench) -> None:
    held = unchecked.workspace.faults.deployments.next(hold_after=0)
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", INTERRUPTIBLE],
        cwd=unchecked.project, env=unchecked.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            if "Starting app with command" in line:
                break
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does
        said = process.stdout.read()
    held.release_all()
    assert process.returncode == 130
    assert (
        "Interrupted at: Start. The platform goes on with what was begun. Running this command again is safe." in said
    )
    assert "The platform says: App has status: App is deploying" in said
    assert "Traceback" not in said


# -- what was deployed before


def test_a_database_of_an_older_bundle_is_not_deleted_forced_or_not(demo: Bench) -> None:
    with health_says(demo.workspace, lakebase("saved")):
        assert deploy(demo, "dev", "first-database", AGENT).returncode == 0
        projects = set(demo.workspace.lakebase_projects.resources)
        said = refused(demo, "dev", "--none")
        assert said.startswith("The workspace is not ready: Deployed before")
        said = refused(demo, "dev", "--none", "--force")
        assert said.startswith("The deployment would delete a database that has chats. The Databricks CLI stopped it.")
        assert "delete resources.postgres_projects.lakechat" in said
    assert set(demo.workspace.lakebase_projects.resources) == projects


def test_an_app_is_not_made_anew_under_another_name(demo: Bench) -> None:
    with health_says(demo.workspace, lakebase("saved")):
        assert deploy(demo, "dev", AGENT).returncode == 0
        said = refused(demo, "dev", "app_name=other")
    assert said.startswith("The workspace is not ready: Deployed before.")
    assert list(demo.workspace.apps.items) == ["lakechat-dev"]


def test_a_cli_that_hangs_is_a_problem(demo: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.bundle.program.VALIDATE_SECONDS", 1)
    (demo.home.parent / "bin" / "databricks").write_text(
        "#!/bin/sh\ncase $1 in --version) echo Databricks CLI v1.13.0;; *) exec sleep 60;; esac\n"
    )
    assert refused(demo, "dev", AGENT).startswith("The Databricks CLI did not read the bundle within ")
