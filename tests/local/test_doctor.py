"""`make doctor` against the local workspace: as a person who signed in with the CLI, before and after a deployment."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg2 import sql

from lib.checks.finding import Finding
from local.bundle.options import prepare
from local.databricks_cli import executable
from local.doctor.__main__ import deployment, main
from local.postgres import Cluster
from local.workspace import DEMO_EXPERIMENT, Workspace
from tests.conftest import CLIENT_SECRET, ROLE, administer
from tests.local.cli_bench import ANN, Bench, bench

OWNER = "demo@example.com"
"""Made the demo's endpoints and its Lakebase project, so they may bind them."""
AGENT = {"serving_endpoint": "demo-agent"}
APP, PROJECT, DATABASE = "App: lakechat-dev", "Lakebase project: lakechat-dev", "Lakebase database: lakechat"
WORKSPACE = "    workspace:\n      profile: work\n"
GIVEN_UP = ("Deployed before", "Where the chats are")
Found = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def running() -> Iterator[Workspace]:
    with Workspace(None, role=ROLE, client_id=ROLE, client_secret=CLIENT_SECRET) as workspace:
        yield workspace


@pytest.fixture
def place(running: Workspace) -> Iterator[Workspace]:
    yield running
    running.faults.clear()
    running.apps.items.clear()
    running.files.objects.clear()
    running.lakebase_projects.resources.clear()
    running.lakebase_projects.hidden.clear()
    running.endpoints.clear()
    running.user_scopes.pop("demo-agent", None)
    running.permissions.clear("database-projects", "lakechat-dev")
    running.permissions.clear("experiments", DEMO_EXPERIMENT)


@pytest.fixture
def nobody(place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The environment of this process is that of somebody with the CLI, who has not signed in."""
    made = bench(place, tmp_path)
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "BUNDLE_"))]:
        monkeypatch.delenv(name)
    for name in ("PATH", "HOME"):
        monkeypatch.setenv(name, made.environ[name])
    return made


@pytest.fixture
def owner(nobody: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    nobody.sign_in(OWNER, "work")
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "work")
    return nobody


def found(target: str = "dev", **variables: str) -> list[Finding]:
    return list(deployment(target, AGENT | variables))


def of(name: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.status, each.says) for each in findings if each.name == name]


def fixes(name: str, findings: list[Finding]) -> str:
    return "\n".join(each.fix for each in findings if each.name == name)


@pytest.mark.usefixtures("owner")
def test_a_workspace_that_is_ready_has_nothing_bad(place: Workspace) -> None:
    place.requests.clear()
    findings = found()
    assert not [each for each in findings if each.status == "bad"]
    assert of("Sign-in", findings) == [("good", f"Signed in as {OWNER}, with OAuth.")]
    assert of(APP, findings) == [("good", "The name is free: the deployment makes the app.")]
    assert of(PROJECT, findings) == [("good", "The deployment makes it.")]
    assert ("good", "You may bind it to the app.") in of("Agent: demo-agent", findings)
    assert {each.method for each in place.requests if each.path != "/oidc/v1/token"} == {"GET"}


def test_the_command_prints_it_and_ends_with_the_number_of_bad_things(
    owner: Bench, place: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--target", "dev", "serving_endpoint=demo-agent"]) == 0
    said = capsys.readouterr().out
    assert "This machine" in said and "Target dev" in said and "✓ Agent: demo-agent. It is there and ready." in said
    assert main(["--profile", "work", "--target", "dev", "serving_endpoint=gone"]) == 1
    assert "✗ Agent: gone. There is no serving endpoint “gone” in this workspace." in capsys.readouterr().out


def test_after_a_deployment_the_app_is_the_bundles_and_its_database_is_there(owner: Bench, place: Workspace) -> None:
    owner.environ["DATABRICKS_CONFIG_PROFILE"] = "work"
    deployed = owner.run("bundle", "deploy", "-t", "dev", "--var", "serving_endpoint=demo-agent")
    assert deployed.returncode == 0, deployed.stderr
    findings = found()
    assert of(APP, findings) == [("good", "It is there, and this bundle manages it.")]
    assert {status for status, _ in of(PROJECT, findings)} == {"good"}
    assert of(DATABASE, findings) == [("good", "It is there.")]
    assert of("Where the chats are", findings) == [("good", "They stay in the database that the app has.")]
    # The database's host is one that nothing answers at, so whose the schema is stays unknown.
    assert [status for status, _ in of("Schema chat", findings)] == ["unknown"]
    assert "warning" in dict(of("Who may open the app", findings))


@pytest.mark.usefixtures("owner")
def test_a_name_that_is_taken_has_the_command_that_binds_it(place: Workspace) -> None:
    place.apps.items["lakechat-dev"] = {"name": "lakechat-dev", "compute_status": {"state": "ACTIVE"}}
    place.lakebase_projects.add_project("lakechat-dev")
    findings = found()
    assert [status for status, _ in of(APP, findings)] == ["bad"]
    options = "-t dev --profile work --var serving_endpoint=demo-agent"
    assert fixes(APP, findings) == f"databricks bundle deployment bind lakechat lakechat-dev {options}"
    assert "bad" in dict(of(PROJECT, findings))
    bind = f"databricks bundle deployment bind chats_project projects/lakechat-dev {options}"
    assert bind in fixes(PROJECT, findings)
    place.apps.items["lakechat-dev"]["compute_status"] = {"state": "DELETING"}
    assert "An app of this name is being deleted" in of(APP, found())[0][1]
    place.faults.apps.always(status=403)
    assert [status for status, _ in of(APP, found())] == ["bad"]


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("target", "database", "option"),
    [
        ("dev", "projects/lakechat-dev/branches/production/databases/databricks-postgres", "first-database"),
        ("dev", "projects/lakechat-dev/branches/as-of-monday/databases/chats", "restored"),
        ("dev", "projects/ours/branches/main/databases/chats", "existing-lakebase"),
        ("ephemeral", "projects/ours/branches/main/databases/chats", "existing-lakebase"),
    ],
)
def test_an_app_that_would_lose_sight_of_its_chats_is_told_how_to_keep_them(
    place: Workspace, target: str, database: str, option: str
) -> None:
    name = f"lakechat-{target}"
    bound = {"name": "postgres", "postgres": {"branch": database.partition("/databases/")[0], "database": database}}
    place.apps.items[name] = {"name": name, "compute_status": {"state": "ACTIVE"}, "resources": [bound]}
    findings = found(target)
    [(status, says)] = of("Where the chats are", findings)
    assert status == "bad" and f"The app keeps them in {database}" in says
    fix = fixes("Where the chats are", findings)
    assert fix.startswith(f"make options TARGET={target} OPTIONS={option} ")
    assert f"_database={database.rpartition('/')[2]}" in fix


def test_a_database_id_that_is_wrong_is_told_with_those_that_are_there(owner: Bench, place: Workspace) -> None:
    place.lakebase_projects.add_project("ours")
    branch = {"lakebase_branch": "projects/ours/branches/production"}
    prepare("dev", ["existing-lakebase"], {**AGENT, **branch, "lakebase_database": "no-such-db"}, owner.project)
    findings = list(deployment("dev", {}, root=owner.project))
    says = "The branch has no database of this id. It has: databricks-postgres."
    assert of("Lakebase database: no-such-db", findings) == [("bad", says)]
    assert fixes("Lakebase database: no-such-db", findings).startswith(
        "databricks postgres list-databases projects/ours"
    )
    prepare("dev", None, {"lakebase_database": "databricks-postgres"}, owner.project)
    assert of("Lakebase database: databricks-postgres", list(deployment("dev", {}, root=owner.project))) == [
        ("good", "It is there.")
    ]
    prepare("dev", None, {"lakebase_branch": "projects/ours/branches/gone"}, owner.project)
    assert "bad" in dict(of("Lakebase branch: gone", list(deployment("dev", {}, root=owner.project))))
    prepare("dev", None, {"lakebase_branch": "projects/gone/branches/production"}, owner.project)
    assert "bad" in dict(of("Lakebase project: gone", list(deployment("dev", {}, root=owner.project))))


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "body": {"error_code": "FEATURE_DISABLED", "message": "Lakebase is not enabled."}},
        {"status": 403, "body": {"error_code": "FEATURE_DISABLED", "message": "Lakebase is not enabled."}},
        {"status": 404, "body": {"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found."}},
    ],
)
def test_a_workspace_without_lakebase_says_so_and_names_the_target_without(
    place: Workspace, fault: dict[str, object]
) -> None:
    place.faults.lakebase.always(**fault)
    findings = found()
    assert of("Lakebase", findings)[0][0] == "bad" and "TARGET=ephemeral" in fixes("Lakebase", findings)
    assert [status for status, _ in of(PROJECT, findings)] == ["unknown"]
    assert not [each for each in found("ephemeral") if "Lakebase" in each.name]


@pytest.mark.usefixtures("owner")
def test_a_workspace_without_apps_says_so(place: Workspace) -> None:
    place.faults.apps.always(status=404, body={"error_code": "FEATURE_DISABLED", "message": "off"})
    assert of("Databricks Apps", found())[0][0] == "bad"


def test_who_may_not_bind_is_told_what_they_need(nobody: Bench, place: Workspace) -> None:
    nobody.sign_in(ANN)
    place.lakebase_projects.add_project("lakechat-dev")
    findings = found()
    assert ("bad", "You may not bind it to the app: that needs CAN_MANAGE on the serving endpoint.") in of(
        "Agent: demo-agent", findings
    )
    assert f'{{"user_name": "{ANN}", "permission_level": "CAN_MANAGE"}}' in fixes("Agent: demo-agent", findings)
    assert ("bad", "You may not bind it to the app: that needs CAN MANAGE on the project.") in of(PROJECT, findings)
    place.permissions.grant("database-projects", "lakechat-dev", ANN, "CAN_MANAGE")
    assert ("good", "You may bind it to the app.") in of(PROJECT, found())
    place.faults.permissions.always(status=403)
    assert "unknown" in dict(of(PROJECT, found()))


def test_what_the_options_bind_is_checked_too(owner: Bench, place: Workspace) -> None:
    options = ["titles", "feedback", "attachments", "on-behalf"]
    values = {"title_endpoint": "demo-titles", "experiment_id": DEMO_EXPERIMENT}
    prepare("dev", options, {**AGENT, **values, "attachments_volume": "main.lakechat.attachments"}, owner.project)
    place.user_scopes["demo-agent"] = ["model-serving", "sql"]
    findings = list(deployment("dev", {}, root=owner.project))
    assert {status for status, _ in of("Small model: demo-titles", findings)} == {"good"}
    experiment = f"MLflow experiment: {DEMO_EXPERIMENT}"
    assert of(experiment, findings)[0][0] == "bad"
    place.permissions.grant("experiments", DEMO_EXPERIMENT, OWNER, "CAN_MANAGE")
    assert of(experiment, list(deployment("dev", {}, root=owner.project)))[0][0] == "good"
    assert of("Volume: main.lakechat.attachments", findings) == [("good", "You may bind it to the app.")]
    assert ("bad", "It needs scopes that people's sign-in does not have: sql.") in of("Agent: demo-agent", findings)
    assert of("User authorization", findings)[0][0] == "unknown"
    app = {
        "name": "lakechat-dev",
        "compute_status": {"state": "ACTIVE"},
        "effective_user_api_scopes": ["model-serving"],
    }
    place.apps.items["lakechat-dev"] = app
    assert of("User authorization", list(deployment("dev", {}, root=owner.project)))[0][0] == "good"


def test_a_personal_access_token_is_a_warning_with_the_command_that_signs_in(nobody: Bench, place: Workspace) -> None:
    executable.use_personal_access_token(nobody.home, place, OWNER)
    findings = found()
    assert [status for status, _ in of("Sign-in", findings)] == ["warning"]
    assert fixes("Sign-in", findings).startswith("databricks auth login --host")


@pytest.mark.usefixtures("owner")
def test_a_sign_in_that_has_ended_is_one_line_of_the_workspace(
    place: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    place.faults.me.always(status=403, message="Invalid access token.")
    findings = found()
    assert [(each.name, each.status) for each in findings] == [("Databricks CLI", "good"), ("Sign-in", "bad")]
    assert fixes("Sign-in", findings) == "databricks auth login --host https://<your workspace> --profile work"


@pytest.fixture
def with_postgres(cluster: Cluster) -> Iterator[Workspace]:
    with Workspace(cluster.admin_dsn(), role=ROLE, client_id=ROLE, client_secret=CLIENT_SECRET) as workspace:
        yield workspace


def test_whose_the_schema_is_is_read_from_the_database(
    with_postgres: Workspace, cluster: Cluster, database_name: str, nobody: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a service principal, whose role may log in."""
    names = {"DATABRICKS_HOST": with_postgres.url, "DATABRICKS_CLIENT_ID": ROLE}
    settings = {"DATABRICKS_CLIENT_SECRET": CLIENT_SECRET, "PGPORT": str(cluster.port), "PGSSLMODE": cluster.sslmode}
    for name, value in (names | settings).items():
        monkeypatch.setenv(name, value)
    database = "projects/lakechat/branches/production/databases/databricks-postgres"
    with_postgres.lakebase_projects.resources[database]["status"]["postgres_database"] = database_name
    variables = {"lakebase_branch": "projects/lakechat/branches/production", "lakebase_database": "databricks-postgres"}
    prepare("dev", ["existing-lakebase"], {**AGENT, **variables}, nobody.project)

    def schema() -> list[tuple[str, str]]:
        return of("Schema chat", list(deployment("dev", {}, root=nobody.project)))

    assert schema()[0][0] == "bad"  # it is that of an app which is not there
    app = {"name": "lakechat-dev", "compute_status": {"state": "ACTIVE"}, "service_principal_client_id": ROLE}
    with_postgres.apps.items["lakechat-dev"] = app
    assert schema() == [("good", "It belongs to the app's service principal.")]
    administer(cluster, sql.SQL("ALTER SCHEMA chat OWNER TO postgres"), database_name)
    assert schema()[0][0] == "bad" and "belongs to postgres, not to the app" in schema()[0][1]
    administer(cluster, "DROP SCHEMA chat CASCADE", database_name)
    assert schema() == [("good", "It is not there yet: the app makes it when it starts.")]


def deployed(owner: Bench, options: list[str], **variables: str) -> None:
    """What was deployed before, from the files of then."""
    now = (owner.project / "targets" / "dev.yml").read_text()
    prepare("dev", options, AGENT | variables, owner.project)
    done = owner.run("bundle", "deploy", "-t", "dev", DATABRICKS_CONFIG_PROFILE="work")
    assert done.returncode == 0, done.stderr
    (owner.project / "targets" / "dev.yml").write_text(now)


def test_a_database_of_an_older_bundle_is_not_bound_but_kept(owner: Bench, place: Workspace) -> None:
    deployed(owner, ["first-database"])
    findings = list(deployment("dev", AGENT, root=owner.project))
    says = (
        "This bundle made the Lakebase project lakechat-dev and does not declare it any more, so the deployment would "
        "delete it, with all chats."
    )
    assert of("Deployed before", findings) == [("bad", says)]
    keep = 'make options TARGET=dev OPTIONS="first-database …"  # with the options that you have already'
    assert fixes("Deployed before", findings) == keep
    assert "bad" in dict(of(PROJECT, findings))
    assert "deployment bind" not in fixes(PROJECT, findings)
    kept = [each for each in found("dev") if each.name == "Deployed before"]
    assert kept == [each for each in findings if each.name == "Deployed before"]
    assert fixes("Where the chats are", findings) == keep
    prepare("dev", ["first-database"], AGENT, owner.project)
    assert not of("Deployed before", list(deployment("dev", AGENT, root=owner.project)))


def test_a_database_that_the_target_gives_up_is_named(owner: Bench, place: Workspace) -> None:
    deployed(owner, [])
    prepare("dev", ["ephemeral"], AGENT, owner.project)
    findings = list(deployment("dev", {}, root=owner.project))
    assert [status for status, _ in of("Deployed before", findings)] == ["bad", "bad"]
    assert "delete it, with all chats" in of("Deployed before", findings)[0][1]
    again = 'make options TARGET=dev OPTIONS="…"  # with the options that you have, without '
    assert {each.fix.partition("first-database")[0] for each in findings if each.name in GIVEN_UP} == {again}


def test_a_database_of_another_id_is_given_its_old_one(owner: Bench, place: Workspace) -> None:
    deployed(owner, [])
    findings = list(deployment("dev", AGENT | {"lakebase_database": "other"}, root=owner.project))
    assert fixes("Where the chats are", findings) == "make options TARGET=dev SET=lakebase_database=lakechat"


@pytest.mark.parametrize("taken", [False, True])
def test_an_app_must_not_be_renamed(owner: Bench, place: Workspace, taken: bool) -> None:
    deployed(owner, [])
    if taken:
        place.apps.items["other"] = {"name": "other", "compute_status": {"state": "ACTIVE"}}
    findings = list(deployment("dev", AGENT | {"app_name": "other"}, root=owner.project))
    says = (
        "This bundle deployed the app lakechat-dev. Under the name other the deployment would delete that one, and the "
        "new app would have another service principal, which cannot use the chats."
    )
    assert of("Deployed before", findings) == [("bad", says)]
    assert fixes("Deployed before", findings) == 'make options TARGET=dev SET="app_name=lakechat-dev"'
    assert ("bad" in dict(of("App: other", findings))) is taken


def test_values_with_commas_reach_the_cli_whole(owner: Bench, place: Workspace) -> None:
    """Else it fails, and then nobody knows what was deployed before."""
    deployed(owner, ["admins"], admin_users="ann@example.com,bob@example.com")
    variables = AGENT | {"admin_users": "ann@example.com,bob@example.com"}
    assert of(APP, list(deployment("dev", variables, root=owner.project))) == [
        ("good", "It is there, and this bundle manages it.")
    ]


def test_the_workspace_is_that_of_the_bundle(nobody: Bench, place: Workspace) -> None:
    """Else the checks would be those of a workspace to which nothing is deployed."""
    nobody.sign_in(OWNER, "work")
    executable.add_profile(nobody.home, "DEFAULT", {"host": place.url, "token": "dapi-of-another"})
    file = nobody.project / "databricks.yml"
    file.write_text(file.read_text().replace("    mode: development\n", f"    mode: development\n{WORKSPACE}", 1))
    findings = list(deployment("dev", AGENT, root=nobody.project))
    assert of("Sign-in", findings) == [("good", f"Signed in as {OWNER}, with OAuth.")]
    named = list(deployment("dev", AGENT, root=nobody.project, profile="DEFAULT"))
    assert dict(of("Sign-in", named)).keys() == {"bad"}
