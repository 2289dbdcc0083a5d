"""The stand-in for the Databricks CLI: its answers, its exit codes, and what it does in the workspace."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from databricks.sdk import WorkspaceClient

from local.bundle.options import prepare
from local.databricks_cli import executable
from local.workspace import Workspace
from tests.local.cli_bench import ANN, Bench, Ended, bench

SECRET = "a secret"
ID = "1a4ec8a7-0000-4000-8000-0000000000c1"
DEV = ("-t", "dev", "--var", "serving_endpoint=demo-agent")
FILES = "/Workspace/Users/ann@example.com/.bundle/lakechat/dev/files"


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with Workspace(None, role=ID, client_id=ID, client_secret=SECRET, words_per_second=float("inf")) as running:
        yield running


@pytest.fixture
def nobody(workspace: Workspace, tmp_path: Path) -> Iterator[Bench]:
    """Nobody is signed in."""
    yield bench(workspace, tmp_path)
    workspace.faults.clear()
    workspace.apps.items.clear()
    workspace.apps.user_authorization = True
    workspace.files.objects.clear()
    workspace.lakebase_projects.resources.clear()


@pytest.fixture
def ann(nobody: Bench) -> Bench:
    nobody.sign_in()
    return nobody


# -- version and signing in


def test_the_version_is_given_as_text_and_in_parts(nobody: Bench) -> None:
    assert nobody.run("--version") == nobody.run("version") == Ended(0, "Databricks CLI v1.13.0\n", "")
    parts = json.loads(nobody.run("version", "-o", "json").stdout)
    assert (parts["Version"], parts["Major"], parts["Minor"], parts["Patch"]) == ("1.13.0", 1, 13, 0)


def test_whoever_has_not_signed_in_is_told_so(nobody: Bench) -> None:
    described = nobody.run("auth", "describe", "-o", "json")
    assert (described.returncode, json.loads(described.stdout)["status"]) == (0, "error")
    me = nobody.run("current-user", "me")
    assert (me.returncode, me.stdout) == (1, "")
    assert me.stderr.startswith("Error: default auth: cannot configure default credentials")
    executable.add_profile(nobody.home, "DEFAULT", {"host": nobody.workspace.url})
    assert "databricks OAuth is not configured for this host" in nobody.run("auth", "token").stderr


def test_a_profile_says_who_one_is(ann: Bench) -> None:
    ann.sign_in("bob@example.com", "work")
    assert json.loads(ann.run("current-user", "me").stdout)["userName"] == ANN
    described = json.loads(ann.run("auth", "describe", "-p", "work", "-o", "json").stdout)
    assert (described["status"], described["username"]) == ("success", "bob@example.com")
    assert described["details"]["auth_type"] == "databricks-cli"
    missing = ann.run("current-user", "me", "-p", "play")
    assert (missing.returncode, "no play profile configured" in missing.stderr) == (1, True)


def test_the_real_sdk_gets_its_tokens_from_the_program(ann: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "HOME"):
        monkeypatch.setenv(name, ann.environ[name])
    client = WorkspaceClient(profile="DEFAULT")
    assert client.config.auth_type == "databricks-cli"
    assert client.current_user.me().user_name == ANN
    assert client.config.oauth_token().access_token


def test_an_expired_token_is_renewed_until_the_sign_in_has_ended(ann: Bench) -> None:
    first = json.loads(ann.run("auth", "token").stdout)
    assert set(first) == {"access_token", "token_type", "expiry"}
    again = json.loads(ann.run("auth", "token", "--force-refresh").stdout)
    assert again["access_token"] != first["access_token"]
    ann.workspace.tokens.end_sign_ins()
    refused = ann.run("auth", "token", "--profile", "DEFAULT", "--force-refresh")
    assert refused.returncode == 1
    assert "the refresh token is invalid. To reauthenticate, run the following command:" in refused.stderr
    assert "$ databricks auth login --profile DEFAULT" in refused.stderr


def test_a_service_principal_signs_in_by_the_environment(nobody: Bench) -> None:
    secrets = {"DATABRICKS_CLIENT_ID": ID, "DATABRICKS_CLIENT_SECRET": SECRET}
    me = nobody.run("current-user", "me", DATABRICKS_HOST=nobody.workspace.url, **secrets)
    assert json.loads(me.stdout)["userName"] == ID
    secrets["DATABRICKS_CLIENT_SECRET"] = "wrong"
    me = nobody.run("current-user", "me", DATABRICKS_HOST=nobody.workspace.url, **secrets)
    assert (me.returncode, me.stderr) == (1, "Error: Client authentication failed\n")


def test_a_personal_access_token_is_one_too(nobody: Bench) -> None:
    executable.use_personal_access_token(nobody.home, nobody.workspace, ANN)
    described = json.loads(nobody.run("auth", "describe", "-o", "json").stdout)
    assert (described["username"], described["details"]["auth_type"]) == (ANN, "pat")


def test_the_installed_program_does_the_same(ann: Bench) -> None:
    assert ann.run_program("version") == ann.run("version")
    assert ann.run_program("bundle", "validate", "-o", "json", *DEV) == ann.run(
        "bundle", "validate", "-o", "json", *DEV
    )
    assert ann.run_program("bundle", "validate") == ann.run("bundle", "validate")


# -- the bundle


def test_validate_prints_the_resolved_bundle_of_the_target(ann: Bench) -> None:
    validated = ann.run("bundle", "validate", "--strict", "-o", "json", *DEV)
    assert (validated.returncode, validated.stderr) == (0, "")
    config = json.loads(validated.stdout)
    assert config["bundle"] | {"name": "lakechat", "target": "dev", "mode": "development"} == config["bundle"]
    assert config["workspace"]["file_path"] == FILES
    app = config["resources"]["apps"]["lakechat"]
    assert (app["name"], app["source_code_path"]) == ("lakechat-dev", FILES)
    assert app["resources"][0]["serving_endpoint"]["name"] == "demo-agent"
    assert config["variables"]["serving_endpoint"]["value"] == "demo-agent"
    assert "targets" not in config


def test_variables_come_from_the_environment_too_and_are_demanded(ann: Bench) -> None:
    assert ann.run("bundle", "validate", BUNDLE_VAR_serving_endpoint="demo-agent").returncode == 0
    missing = ann.run("bundle", "validate")
    assert missing.returncode == 1
    assert missing.stderr.startswith("Error: no value assigned to required variable serving_endpoint.")
    unknown = ann.run("bundle", "validate", *DEV, "--var=colour=red")
    assert unknown.stderr == "Error: variable colour has not been defined\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: ${var.app_name}", "name: ${var.appname}", "reference does not exist: ${var.appname}"),
        ("source_code_path: ./", "", "Missing app source code path"),
        ("mode: development", "mode: [", "databricks.yml is not valid YAML"),
    ],
)
def test_validate_refuses_a_bundle_with_a_mistake(ann: Bench, old: str, new: str, said: str) -> None:
    for file in [ann.project / "databricks.yml", ann.project / "targets" / "dev.yml"]:
        file.write_text(file.read_text().replace(old, new))
    refused = ann.run("bundle", "validate", *DEV)
    assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr


def test_a_field_that_is_not_known_is_a_warning_and_an_error_only_if_strict(ann: Bench) -> None:
    file = ann.project / "targets" / "dev.yml"
    file.write_text(file.read_text().replace("value_from: postgres", "valueFrom: postgres"))
    lenient, strict = ann.run("bundle", "validate", *DEV), ann.run("bundle", "validate", "--strict", *DEV)
    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert "Warning: unknown field: valueFrom\n  at resources.apps.lakechat.config.env[1]" in lenient.stderr
    assert strict.stderr.endswith("Error: 1 warning was found. Warnings are not allowed in strict mode\n")


def test_an_unknown_target_and_a_program_that_is_too_old_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    old = bench(workspace, tmp_path, version="1.0.2")
    old.sign_in()
    refused = old.run("bundle", "validate", *DEV)
    required = "Databricks CLI version constraint not satisfied. Required: >= 1.4.0, current: 1.0.2"
    assert (refused.returncode, refused.stderr) == (1, f"Error: {required}\n")
    old.version = "1.4.0"
    refused = old.run("bundle", "validate", "-t", "test")
    assert refused.stderr == "Error: test: no such target. Available targets: dev, prod, ephemeral\n"


# -- deploying


def test_deploy_and_run_make_the_app_and_its_database_and_start_it(ann: Bench) -> None:
    deployed = ann.run("bundle", "deploy", *DEV)
    assert deployed.returncode == 0, deployed.stderr
    assert deployed.stderr.splitlines() == [
        f"Uploading bundle files to {FILES}...",
        "Created postgres_projects.chats_project",
        "Created postgres_roles.chats_owner",
        "Created postgres_databases.chats",
        "Created apps.lakechat",
        "Files: 4 uploaded, 0 deleted",
        "Resources: 4 created, 0 changed, 0 deleted, 0 unchanged",
    ]
    app = ann.workspace.apps.items["lakechat-dev"]
    assert app["compute_status"]["state"] == "STOPPED"
    run = ann.run("bundle", "run", "lakechat", *DEV)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines()[:2] == [
        "✓ Getting the status of the app lakechat-dev",
        "✓ App is in UNAVAILABLE state",
    ]
    assert run.stderr.splitlines()[-2:] == ["✓ App started successfully", f"You can access the app at {app['url']}"]
    shown = json.loads(ann.run("apps", "get", "lakechat-dev", "-o", "json").stdout)
    assert shown["app_status"]["state"] == "RUNNING"
    assert shown["active_deployment"]["env_vars"][0] == {"name": "SERVING_ENDPOINT", "value_from": "serving-endpoint"}


def test_only_what_the_bundle_does_not_exclude_is_uploaded_and_only_once(ann: Bench) -> None:
    ann.run("bundle", "deploy", *DEV)
    uploaded = set(ann.workspace.files.below(FILES))
    assert {"app.py", "app.yaml", "databricks.yml", "requirements.txt"} == uploaded
    (ann.project / "app.py").write_text("print('Good morning')\n")
    again = ann.run("bundle", "deploy", *DEV)
    assert "Files: 1 uploaded" in again.stderr
    assert "0 created, 0 changed, 0 deleted, 4 unchanged" in again.stderr
    assert ann.workspace.files.below(FILES)["app.py"] == b"print('Good morning')\n"


def test_a_changed_app_is_updated(ann: Bench) -> None:
    ann.run("bundle", "deploy", *DEV)
    changed = ann.run("bundle", "deploy", "-t", "dev", "--var", "serving_endpoint=demo-chat")
    assert "Updated apps.lakechat" in changed.stderr
    resources = ann.workspace.apps.items["lakechat-dev"]["resources"]
    assert resources[0]["serving_endpoint"]["name"] == "demo-chat"


def test_a_refusal_says_what_was_asked_and_what_was_answered(ann: Bench) -> None:
    refused = ann.run("bundle", "deploy", "-t", "dev", "--var", "serving_endpoint=missing")
    assert refused.returncode == 1
    assert (
        "Error: cannot create resources.apps.lakechat: Endpoint with name 'missing' does not exist. "
        "(404 RESOURCE_DOES_NOT_EXIST)\n\n"
        f"Endpoint: POST {ann.workspace.url}/api/2.0/apps?no_compute=true\n"
        "HTTP Status: 404 Not Found\nAPI error_code: RESOURCE_DOES_NOT_EXIST\n"
        "API message: Endpoint with name 'missing' does not exist.\n"
    ) in refused.stderr
    assert ann.run("bundle", "deploy", *DEV).returncode == 0  # what was made before is still known


def test_an_app_made_elsewhere_is_taken_over_by_binding_it(ann: Bench) -> None:
    bearer = {"Authorization": f"Bearer {ann.workspace.tokens.issue_pat(ANN)}"}
    httpx.post(f"{ann.workspace.url}/api/2.0/apps", json={"name": "lakechat-dev"}, headers=bearer)
    refused = ann.run("bundle", "deploy", *DEV)
    assert "An app with the same name already exists: lakechat-dev (409 RESOURCE_ALREADY_EXISTS)" in refused.stderr
    bind = ("bundle", "deployment", "bind", "lakechat", "lakechat-dev", *DEV)
    assert "requires user confirmation" in ann.run(*bind).stderr
    assert "Successfully bound app with an id 'lakechat-dev'" in ann.run(*bind, "--auto-approve").stderr
    assert "Updated apps.lakechat" in ann.run("bundle", "deploy", *DEV).stderr


def test_a_key_that_two_resources_have_cannot_be_bound(ann: Bench) -> None:
    file = ann.project / "targets" / "dev.yml"
    file.write_text(file.read_text().replace("chats_project", "lakechat"))
    refused = ann.run("bundle", "deployment", "bind", "lakechat", "lakechat-dev", *DEV)
    assert "Error: ambiguous: lakechat (can resolve to all of [" in refused.stderr


def test_a_project_is_bound_too(ann: Bench) -> None:
    ann.workspace.lakebase_projects.add_project("lakechat-dev")
    assert (
        "project with such id already exists in the workspace (409 ALREADY_EXISTS)"
        in ann.run("bundle", "deploy", *DEV).stderr
    )
    bind = ("bundle", "deployment", "bind", "chats_project", "projects/lakechat-dev", "--auto-approve", *DEV)
    assert ann.run(*bind).returncode == 0
    assert ann.run("bundle", "deploy", *DEV).returncode == 0


def test_whoever_is_killed_leaves_the_lock_behind(ann: Bench) -> None:
    ann.run("bundle", "deploy", *DEV)
    lock = FILES.replace("/files", "/state/deploy.lock")
    ann.workspace.files.objects[lock] = json.dumps(
        {"User": "bob@example.com", "AcquisitionTime": "2026-11-29"}
    ).encode()
    refused = ann.run("bundle", "deploy", *DEV)
    assert (refused.returncode, "deploy lock acquired by bob@example.com at" in refused.stderr) == (1, True)
    assert ann.run("bundle", "deploy", "--force-lock", *DEV).returncode == 0
    assert lock not in ann.workspace.files.objects


def test_run_waits_for_a_deployment_that_is_under_way_and_fails_with_its_own(ann: Bench) -> None:
    assert (
        "not yet deployed. Did you forget to run 'databricks bundle deploy'?"
        in ann.run("bundle", "run", "lakechat", *DEV).stderr
    )
    ann.run("bundle", "deploy", *DEV)
    ann.workspace.faults.deployments.next(message="error installing packages")
    failed = ann.run("bundle", "run", "lakechat", *DEV)
    assert failed.returncode == 1
    assert failed.stderr.endswith("Error: failed to reach SUCCEEDED, got FAILED: error installing packages\n")


def test_the_summary_says_what_is_deployed(ann: Bench) -> None:
    before = json.loads(ann.run("bundle", "summary", "-o", "json", *DEV).stdout)
    assert before["resources"]["apps"]["lakechat"]["modified_status"] == "created"
    ann.run("bundle", "deploy", *DEV)
    app = json.loads(ann.run("bundle", "summary", "-o", "json", *DEV).stdout)["resources"]["apps"]["lakechat"]
    assert (app["id"], app["url"]) == ("lakechat-dev", f"{ann.workspace.url}/apps/lakechat-dev")


def test_a_workspace_without_lakebase_refuses_the_project(ann: Bench) -> None:
    body = {"error_code": "FEATURE_DISABLED", "message": "Lakebase is not enabled."}
    ann.workspace.faults.lakebase.next(status=404, body=body)
    refused = ann.run("bundle", "deploy", *DEV)
    assert (
        "cannot create resources.postgres_projects.chats_project: Lakebase is not enabled. (404 FEATURE_DISABLED)"
        in (refused.stderr)
    )


def test_what_the_stand_in_does_not_know_is_an_error(ann: Bench) -> None:
    assert ann.run("jobs", "list").returncode == 1
    assert "unknown flag: --colour" in ann.run("bundle", "deploy", "--colour").stderr


def test_a_database_that_is_no_longer_declared_is_asked_about(ann: Bench) -> None:
    now = (ann.project / "targets" / "dev.yml").read_text()
    prepare("dev", ["first-database"], {}, ann.project)
    ann.run("bundle", "deploy", *DEV)
    (ann.project / "targets" / "dev.yml").write_text(now)
    summary = json.loads(ann.run("bundle", "summary", "-o", "json", *DEV).stdout)["resources"]["postgres_projects"]
    assert summary["lakechat"] == {"id": "projects/lakechat-dev", "modified_status": "deleted"}
    asked = ann.run("bundle", "deploy", *DEV)
    assert asked.returncode == 1
    assert "delete resources.postgres_projects.lakechat" in asked.stderr
    assert "the deployment requires destructive actions" in asked.stderr


def test_a_database_that_is_to_be_kept_is_not_replaced_but_an_app_is(ann: Bench) -> None:
    ann.run("bundle", "deploy", *DEV)
    kept = ann.run("bundle", "deploy", *DEV, "--var", "lakebase_project=other")
    assert "resources.postgres_projects.chats_project has lifecycle.prevent_destroy set" in kept.stderr
    renamed = ann.run("bundle", "deploy", *DEV, "--var", "app_name=other")
    assert "Resources: 1 created, 0 changed, 1 deleted, 3 unchanged" in renamed.stderr
    assert list(ann.workspace.apps.items) == ["other"]
