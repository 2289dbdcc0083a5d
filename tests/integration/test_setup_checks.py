"""The checks of a running app's setup: what is good, and each thing that may be wrong, made to happen."""

from collections.abc import Callable, Iterator

import pytest
from psycopg2 import sql

from lib.checks.finding import Finding
from lib.checks.of_app import RunningApp
from lib.checks.running import Check, reports
from lib.config import load
from lib.database_settings import DatabaseUrl
from lib.db.database import connect
from lib.identity import AccessToken
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from local.workspace import DEMO_EXPERIMENT, ENDPOINT, INSTANCE, VOLUME, Workspace
from tests.conftest import ANN, CLIENT_SECRET, ROLE, administer

Found = Callable[..., list[Finding]]
AGENT, SUPERVISOR, ON_BEHALF = "Agent: demo-agent", "Agent: demo-supervisor", "Agent: demo-chatagent"
EXPERIMENT, VOLUME_NAME = f"MLflow experiment: {DEMO_EXPERIMENT}", "Volume: main.lakechat.attachments"


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Iterator[Workspace]:
    """A workspace of these tests' own, since they change what it says."""
    with Workspace(
        cluster.admin_dsn(), role=ROLE, client_id=ROLE, client_secret=CLIENT_SECRET, words_per_second=float("inf")
    ) as workspace:
        yield workspace


@pytest.fixture
def place(running: Workspace) -> Iterator[Workspace]:
    """As the workspace is at first, also after the test."""
    resources = {
        name: {**each, "status": dict(each["status"])} for name, each in running.lakebase_projects.resources.items()
    }
    instances = {name: dict(each) for name, each in running.lakebase_instances.instances.items()}
    scopes, tools = dict(running.user_scopes), list(running.supervisors.tools)
    privileges = {name: set(held) for name, held in running.catalog.privileges.items()}
    experiments = {name: dict(each) for name, each in running.experiments.experiments.items()}
    yield running
    running.lakebase_projects.resources = resources
    running.lakebase_instances.instances = instances
    running.catalog.privileges = privileges
    running.experiments.experiments = experiments
    running.supervisors.tools = tools
    running.user_scopes.clear()
    running.user_scopes.update(scopes)
    running.endpoints.clear()
    running.permissions.clear("experiments", DEMO_EXPERIMENT)
    running.permissions.grant("experiments", DEMO_EXPERIMENT, ROLE, "CAN_EDIT")
    running.permissions.clear("apps", "lakechat")
    running.faults.clear()
    running.requests.clear()


@pytest.fixture
def found(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> Found:
    """What the checks find with these variables; `token` is that of the admin who looks."""

    def find(token: AccessToken | None = None, **variables: str) -> list[Finding]:
        environ = {
            "DATABRICKS_HOST": place.url,
            "DATABRICKS_CLIENT_ID": ROLE,
            "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET,
            **(
                {}
                if {"SERVING_ENDPOINT", "GENIE_SPACES", "AGENT_URL"} & variables.keys()
                else {"SERVING_ENDPOINT": "demo-agent"}
            ),
            **variables,
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        settings = load(environ)
        bound = settings.database
        database = connect(bound, AppWorkspace()) if isinstance(bound, DatabaseUrl) else None
        app = RunningApp(settings, AppWorkspace(), database, token)
        *_, report = reports(app.checks())
        if database:
            database.dispose()
        assert not report.pending
        return list(report.findings)

    return find


def of(name: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.status, finding.says) for finding in findings if finding.name == name]


def fixes(name: str, findings: list[Finding]) -> str:
    return "\n".join(finding.fix for finding in findings if finding.name == name)


def test_an_app_that_is_set_up_well_has_nothing_bad(found: Found, place: Workspace, database_url: str) -> None:
    place.permissions.grant("apps", "lakechat", "users", "CAN_USE")
    findings = found(
        DATABASE_URL=database_url,
        TITLE_ENDPOINT="demo-titles",
        MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT,
        ATTACHMENTS_VOLUME=VOLUME,
        DATABRICKS_APP_NAME="lakechat",
    )
    assert {(each.name, each.status) for each in findings} == {
        ("Sign-in", "good"),
        (AGENT, "good"),
        (AGENT, "unknown"),  # whether it gives traces
        ("Small model: demo-titles", "good"),
        (EXPERIMENT, "good"),
        (VOLUME_NAME, "good"),
        ("Who may open the app", "good"),
        ("Database", "good"),
        ("Schema chat", "good"),
    }
    assert all(not each.fix for each in findings if each.status == "good")
    assert [name for name, _ in of("Sign-in", findings)] == ["good"]
    assert f"Signed in as {ROLE}, with OAuth." in dict(map(reversed, of("Sign-in", findings)))  # type: ignore[arg-type]
    assert {request.method for request in place.requests} == {"GET", "POST"}
    assert {request.path for request in place.requests if request.method == "POST"} == {"/oidc/v1/token"}


def test_a_missing_endpoint_is_named(found: Found) -> None:
    findings = found(SERVING_ENDPOINT="no-such-agent")
    assert of("Agent: no-such-agent", findings) == [
        ("bad", "There is no serving endpoint “no-such-agent” in this workspace.")
    ]


@pytest.mark.parametrize(
    ("update", "status", "says"),
    [
        ("NOT_UPDATING", "bad", "It is not ready, so every question to it fails."),
        ("UPDATE_FAILED", "bad", "It is not ready, so every question to it fails."),
        ("IN_PROGRESS", "warning", "It is being updated and not ready yet."),
    ],
)
def test_an_endpoint_that_is_not_ready_says_so(
    found: Found, place: Workspace, update: str, status: str, says: str
) -> None:
    place.endpoints["demo-agent"] = {"state": {"ready": "NOT_READY", "config_update": update}}
    assert (status, says) in of(AGENT, found())


def test_an_endpoint_that_the_app_may_not_see_has_the_command_that_grants_it(found: Found, place: Workspace) -> None:
    place.faults.discovery.always(status=403, message="User does not have permission to view the endpoint.")
    findings = found()
    assert [status for status, _ in of(AGENT, findings)] == ["bad"]
    command = fixes(AGENT, findings)
    assert command.startswith(
        'databricks serving-endpoints update-permissions "$(databricks serving-endpoints get demo-agent'
    )
    assert f'{{"service_principal_name": "{ROLE}", "permission_level": "CAN_QUERY"}}' in command


def test_an_endpoint_that_the_app_may_only_view_cannot_be_asked(found: Found, place: Workspace) -> None:
    place.endpoints["demo-agent"] = {"permission_level": "CAN_VIEW"}
    findings = found()
    assert ("bad", "The app may not ask it: its service principal needs CAN_QUERY.") in of(AGENT, findings)
    assert "update-permissions local-demo-agent --json" in fixes(AGENT, findings)


@pytest.mark.parametrize("level", [None, "CAN_ADMIRE"])
def test_a_level_that_is_not_known_is_not_good(found: Found, place: Workspace, level: str | None) -> None:
    place.endpoints["demo-agent"] = {"permission_level": level, "state": {}}
    assert {status for status, _ in of(AGENT, found())} == {"unknown"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"config": {"served_entities": [{"environment_vars": {"ENABLE_MLFLOW_TRACING": "true"}}]}}, "good"),
        ({"config": {"served_entities": [{"environment_vars": {"ENABLE_MLFLOW_TRACING": "false"}}]}}, "unknown"),
        ({"task": "llm/v1/chat"}, "warning"),
        ({"config": "odd"}, "unknown"),
    ],
)
def test_whether_an_agent_gives_traces_is_told_where_it_shows(
    found: Found, place: Workspace, fields: dict[str, object], status: str
) -> None:
    place.endpoints["demo-agent"] = fields
    assert of(AGENT, found(MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT))[-1][0] == status
    assert len(of(AGENT, found())) == 2  # without an experiment, nobody needs traces


def test_an_agent_that_acts_for_its_user_needs_their_sign_in(found: Found) -> None:
    deployed = found(SERVING_ENDPOINT="demo-chatagent", DATABRICKS_APP_NAME="lakechat")
    assert "bad" in dict(of(ON_BEHALF, deployed)) and "on-behalf" in fixes(ON_BEHALF, deployed)
    on_a_laptop = found(SERVING_ENDPOINT="demo-chatagent")
    assert {status for status, _ in of(ON_BEHALF, on_a_laptop)} == {"good", "unknown"}
    as_the_app = found(SERVING_ENDPOINT="demo-chatagent", AGENT_AUTH="app")
    assert {status for status, _ in of(ON_BEHALF, as_the_app)} == {"good", "warning"}


def test_a_scope_that_peoples_sign_in_lacks_is_named_with_the_lines_to_add(found: Found, place: Workspace) -> None:
    place.user_scopes["demo-agent"] = ["serving.serving-endpoints", "sql", "dashboards.genie"]
    token = AccessToken(place.issue_user_token(ANN.id, scopes=("model-serving", "sql")))
    findings = found(token, DATABRICKS_APP_NAME="lakechat")
    assert ("bad", "It needs scopes that people's sign-in does not have: dashboards.genie.") in of(AGENT, findings)
    assert "user_api_scopes:\n  - dashboards.genie" in fixes(AGENT, findings)
    assert ("good", "You may ask it with your own sign-in.") in of(AGENT, findings)


def test_the_admin_learns_what_their_own_sign_in_may_not_do(found: Found, place: Workspace) -> None:
    narrow = AccessToken(place.issue_user_token(ANN.id, scopes=("sql",)))
    said = of(AGENT, found(narrow))
    assert ("unknown", "Your own sign-in may not be used to find out whether you may ask it.") in said
    assert ("good", "The app may ask it.") in said


def test_the_agents_that_a_supervisor_asks_are_checked_as_far_as_they_are_listed(
    found: Found, place: Workspace
) -> None:
    said = of(SUPERVISOR, found(SERVING_ENDPOINT="demo-supervisor"))
    assert ("good", "It asks demo-knowledge, which this sign-in may ask, too.") in said
    assert any(status == "unknown" and "genie_space" in says for status, says in said)
    place.endpoints["demo-knowledge"] = {"permission_level": "CAN_VIEW"}
    said = of(SUPERVISOR, found(SERVING_ENDPOINT="demo-supervisor"))
    assert ("bad", "It asks demo-knowledge, on which this sign-in lacks CAN_QUERY.") in said
    place.supervisors.tools[0]["knowledge_assistant"] = {"serving_endpoint_name": "gone"}
    said = of(SUPERVISOR, found(SERVING_ENDPOINT="demo-supervisor"))
    assert any(status == "bad" and says.startswith("It asks gone, which") for status, says in said)
    place.faults.supervisors.always(status=403)
    said = of(SUPERVISOR, found(SERVING_ENDPOINT="demo-supervisor"))
    assert any(status == "unknown" and "may not list" in says for status, says in said)


def test_an_experiment_that_is_missing_deleted_or_not_writable_is_bad(found: Found, place: Workspace) -> None:
    assert "bad" in dict(of("MLflow experiment: 4711", found(MLFLOW_EXPERIMENT_ID="4711")))
    place.permissions.clear("experiments", DEMO_EXPERIMENT)
    place.permissions.grant("experiments", DEMO_EXPERIMENT, ROLE, "CAN_READ")
    findings = found(MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT)
    assert [status for status, _ in of(EXPERIMENT, findings)] == ["bad"]
    assert f"databricks experiments update-permissions {DEMO_EXPERIMENT} --json" in fixes(EXPERIMENT, findings)
    place.permissions.grant("experiments", DEMO_EXPERIMENT, "users", "CAN_EDIT")  # a group counts, too
    assert [status for status, _ in of(EXPERIMENT, found(MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT))] == ["good"]
    place.faults.permissions.always(status=403)
    assert [status for status, _ in of(EXPERIMENT, found(MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT))] == ["unknown"]
    place.experiments.experiments[DEMO_EXPERIMENT]["lifecycle_stage"] = "deleted"
    assert of(EXPERIMENT, found(MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT)) == [("bad", "It was deleted.")]


def test_a_volume_that_is_missing_or_not_writable_has_the_grants(found: Found, place: Workspace) -> None:
    place.catalog.privileges[ROLE] = {"READ_VOLUME"}
    findings = found(ATTACHMENTS_VOLUME=VOLUME)
    assert [says for _, says in of(VOLUME_NAME, findings)] == [
        "The app may not keep files there: its service principal lacks WRITE VOLUME."
    ]
    assert f"GRANT READ VOLUME, WRITE VOLUME ON VOLUME `main`.`lakechat`.`attachments` TO `{ROLE}`;" in fixes(
        VOLUME_NAME, findings
    )
    missing = found(ATTACHMENTS_VOLUME="/Volumes/main/lakechat/elsewhere")
    assert fixes("Volume: main.lakechat.elsewhere", missing).startswith("CREATE VOLUME")
    place.faults.catalog.always(status=500)
    assert [status for status, _ in of(VOLUME_NAME, found(ATTACHMENTS_VOLUME=VOLUME))] == ["unknown"]


LAKEBASE = {"PGHOST": "127.0.0.1", "PGDATABASE": "databricks_postgres", "PGUSER": ROLE}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"current_state": "ACTIVE"}, "good"),
        ({"current_state": "IDLE"}, "good"),
        ({"current_state": "INIT"}, "warning"),
        ({"current_state": "MELTED"}, "unknown"),
        ({"disabled": True}, "bad"),
    ],
)
def test_the_compute_behind_the_database_says_how_it_is(
    found: Found, place: Workspace, change: dict[str, object], status: str
) -> None:
    place.lakebase_projects.resources[ENDPOINT]["status"].update(change)
    said = of("Lakebase compute", found(**LAKEBASE, LAKEBASE_ENDPOINT=ENDPOINT))
    assert [found_status for found_status, _ in said] == [status]


def test_a_compute_or_an_instance_that_is_gone_is_bad_and_a_refusal_is_unknown(found: Found, place: Workspace) -> None:
    assert "bad" in dict(of("Lakebase compute", found(**LAKEBASE, LAKEBASE_ENDPOINT=f"{ENDPOINT}-2")))
    place.faults.lakebase.always(status=403)
    assert "unknown" in dict(of("Lakebase compute", found(**LAKEBASE, LAKEBASE_ENDPOINT=ENDPOINT)))
    assert "good" in dict(of(f"Lakebase instance: {INSTANCE}", found(**LAKEBASE, LAKEBASE_INSTANCE_NAME=INSTANCE)))
    place.lakebase_instances.instances[INSTANCE]["state"] = "STOPPED"
    assert "bad" in dict(of(f"Lakebase instance: {INSTANCE}", found(**LAKEBASE, LAKEBASE_INSTANCE_NAME=INSTANCE)))


def test_a_schema_of_somebody_else_has_the_statements_that_hand_it_over(
    found: Found, cluster: Cluster, database_url: str, database_name: str
) -> None:
    administer(cluster, sql.SQL("ALTER SCHEMA chat OWNER TO postgres"), database_name)
    administer(cluster, sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(database_name)))
    findings = found(DATABASE_URL=database_url)
    assert of("Database", findings) == [("good", "The app may log in, and the database answers.")]
    assert [status for status, _ in of("Schema chat", findings)] == ["bad"]
    assert "belongs to the role postgres" in of("Schema chat", findings)[0][1]
    assert f'ALTER SCHEMA chat OWNER TO "{ROLE}";' in fixes("Schema chat", findings)


def test_missing_migrations_and_missing_tables_are_found(
    found: Found, cluster: Cluster, database_url: str, database_name: str
) -> None:
    administer(cluster, "DROP TABLE chat.votes CASCADE", database_name)
    said = of("Schema chat", found(DATABASE_URL=database_url))
    assert [status for status, _ in said].count("bad") == 1 and any(
        '"chat.votes" does not exist' in says for _, says in said
    )
    administer(cluster, "DELETE FROM chat.schema_migrations WHERE version > 3", database_name)
    assert any("Migrations are missing" in says for _, says in of("Schema chat", found(DATABASE_URL=database_url)))


def test_a_database_that_refuses_the_login_is_bad(found: Found, database_url: str) -> None:
    wrong = database_url.replace("tests@", "wrong@")
    assert of("Database", found(DATABASE_URL=wrong)) == [("bad", "Lakebase refuses the app's login.")]


def test_without_a_database_chats_are_lost(found: Found) -> None:
    assert [status for status, _ in of("Database", found())] == ["warning"]


def test_an_agent_elsewhere_needs_no_workspace_and_is_not_called_good(found: Found, place: Workspace) -> None:
    findings = found(AGENT_URL="https://agent.example.com/v1/chat/completions", AGENT_MODEL="m")
    assert [(each.name, each.status) for each in findings] == [("AGENT_URL", "unknown"), ("Database", "warning")]
    assert not len(place.requests)


def test_a_genie_space_that_is_not_there_is_bad(found: Found) -> None:
    findings = found(GENIE_SPACES="Sales=01ef0000000000000000000000000000")
    assert [status for status, _ in of("Genie space: Sales", findings)] == ["bad"]


def test_only_who_manages_the_app_may_open_it(found: Found, place: Workspace) -> None:
    place.permissions.grant("apps", "lakechat", ANN.id, "CAN_MANAGE")
    findings = found(DATABRICKS_APP_NAME="lakechat")
    assert "warning" in dict(of("Who may open the app", findings))
    assert fixes("Who may open the app", findings).startswith("databricks apps update-permissions lakechat --json")
    place.faults.permissions.always(status=403)
    assert "unknown" in dict(of("Who may open the app", found(DATABRICKS_APP_NAME="lakechat")))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 401}, "The workspace refuses this sign-in. So nothing else of the workspace can be checked."),
        ({"status": 403}, "The workspace refuses this sign-in. So nothing else of the workspace can be checked."),
    ],
)
def test_a_refused_token_is_one_line_and_not_twenty(
    found: Found, place: Workspace, fault: dict[str, int], says: str
) -> None:
    place.faults.me.always(**fault)
    findings = found(TITLE_ENDPOINT="demo-titles", MLFLOW_EXPERIMENT_ID=DEMO_EXPERIMENT)
    assert [(each.name, each.status) for each in findings] == [("Sign-in", "bad"), ("Database", "warning")]
    assert findings[0].says == says


def test_a_secret_that_the_workspace_does_not_take_is_no_stack_trace(found: Found, place: Workspace) -> None:
    place.faults.token.always(status=401, body={"error": "invalid_client"})
    says = "The sign-in to the workspace did not succeed. So nothing else of the workspace can be checked."
    assert of("Sign-in", found()) == [("bad", says)]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 502, "html": True}, "The workspace failed to answer (HTTP 502). Check again in a minute."),
        ({"status": 200, "body": "hello"}, "Something else than the workspace's API answered."),
        ({"status": 429}, "The workspace is busy. Check again in a minute."),
        ({"status": 418, "body": {"error_code": "TEAPOT"}}, "(HTTP 418 TEAPOT)"),
        ({"status": 404, "body": {"error_code": "ENDPOINT_NOT_FOUND"}}, "does not have what is needed"),
        ({"status": 403, "message": "token does not have required scopes: x"}, "its token lacks a scope"),
    ],
)
def test_an_unexpected_answer_is_unknown_in_words(
    found: Found, place: Workspace, fault: dict[str, object], says: str
) -> None:
    place.faults.discovery.always(**fault)
    ((status, said),) = of(AGENT, found())
    assert status == "unknown" and says in said


def test_a_silent_workspace_is_given_up_within_the_bound(found: Found, place: Workspace) -> None:
    place.faults.discovery.next(delay_seconds=60)
    checks = [
        Check("Silent", lambda: found()),
        Check("Quick", lambda: [Finding("Quick", "good", "It is.")]),
        Check("Nothing", lambda: ()),
    ]
    *first, last = reports(checks, seconds=0.5)
    assert first[0].pending == ("Silent", "Quick", "Nothing") and first[-1].pending == ("Silent",)
    assert [(each.name, each.status) for each in last.findings] == [("Silent", "unknown"), ("Quick", "good")]
    assert last.findings[0].says == "There was no answer within 0.5 seconds." and not last.pending


def test_a_check_that_fails_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> list[Finding]:
        raise RuntimeError("a secret")

    *_, last = reports([Check("Broken", fail), Check("Quick", lambda: [Finding("Quick", "good", "It is.")])])
    assert [(each.name, each.status) for each in last.findings] == [("Broken", "unknown"), ("Quick", "good")]
    assert "secret" not in last.findings[0].says + caplog.text
