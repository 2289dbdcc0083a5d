"""Databricks Apps in the local workspace, used through the real SDK and over HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, ResourceAlreadyExists
from databricks.sdk.service.apps import App, AppDeployment, AppDeploymentState, AppResource, AppResourceServingEndpoint
from databricks.sdk.service.apps import AppResourceServingEndpointServingEndpointPermission as Permission

from local.workspace import Workspace
from local.workspace.app_deployments import Deployment, DeploymentFailed

ID, SECRET = "1a4ec8a7-0000-4000-8000-00000000apps", "a secret"
SOURCE = "/Workspace/Users/ann@example.com/files"


@pytest.fixture(scope="module")
def running() -> Iterator[Workspace]:
    with Workspace(None, role=ID, client_id=ID, client_secret=SECRET, words_per_second=float("inf")) as workspace:
        yield workspace


@pytest.fixture
def workspace(running: Workspace) -> Iterator[Workspace]:
    yield running
    running.faults.clear()
    running.apps.items.clear()
    running.apps.user_authorization = True


@pytest.fixture(scope="module")
def client(running: Workspace) -> WorkspaceClient:
    return WorkspaceClient(host=running.url, client_id=ID, client_secret=SECRET)


@pytest.fixture
def app(workspace: Workspace, client: WorkspaceClient) -> App:
    """An app that was made and started."""
    client.apps.create(App("shop"), no_compute=True)
    client.apps.start("shop")
    client.apps.get("shop")
    return client.apps.get("shop")


def deployed(client: WorkspaceClient, **given: Any) -> AppDeployment:
    """The deployment once it has ended."""
    begun = client.apps.deploy("shop", AppDeployment(source_code_path=SOURCE, **given)).response
    deadline = time.monotonic() + 10
    while (now := client.apps.get_deployment("shop", begun.deployment_id)).status.state.value == "IN_PROGRESS":
        assert time.monotonic() < deadline
    return now


def test_a_new_app_without_compute_is_stopped_and_has_an_address_and_a_service_principal(
    workspace: Workspace, client: WorkspaceClient
) -> None:
    made = client.apps.create(App("shop", description="Sells tents"), no_compute=True).response
    assert (made.compute_status.state.value, made.app_status.state.value) == ("STOPPED", "UNAVAILABLE")
    assert made.url.startswith("http://127.0.0.1:")
    assert made.service_principal_client_id == ID
    assert [app.name for app in client.apps.list()] == ["shop"]


def test_an_app_is_starting_before_it_is_active(workspace: Workspace, client: WorkspaceClient) -> None:
    client.apps.create(App("shop"), no_compute=True)
    client.apps.start("shop")
    assert [client.apps.get("shop").compute_status.state.value for _ in range(2)] == ["STARTING", "ACTIVE"]


def test_code_cannot_be_deployed_to_an_app_that_is_stopped(workspace: Workspace, client: WorkspaceClient) -> None:
    client.apps.create(App("shop"), no_compute=True)
    with pytest.raises(BadRequest, match="compute is not running"):
        client.apps.deploy("shop", AppDeployment(source_code_path=SOURCE))


def test_a_name_is_taken_once_and_follows_the_rules(client: WorkspaceClient, app: App) -> None:
    with pytest.raises(ResourceAlreadyExists, match="An app with the same name already exists: shop"):
        client.apps.create(App("shop"))
    with pytest.raises(BadRequest, match="lowercase letters"):
        client.apps.create(App("Shop_1"))
    with pytest.raises(NotFound, match="does not exist"):
        client.apps.get("another")


def test_a_deployment_runs_the_uploaded_files_and_the_address_leads_to_it(
    workspace: Workspace, client: WorkspaceClient, app: App
) -> None:
    launched: list[Deployment] = []
    workspace.files.objects[f"{SOURCE}/app.py"] = b"print()"
    workspace.deployments.launch = lambda deployment: launched.append(deployment) or workspace.url
    assert deployed(client).status.state is AppDeploymentState.SUCCEEDED
    assert dict(launched[0].files) == {"app.py": b"print()"}
    assert client.apps.get("shop").app_status.message == "App has status: App is running"
    signed_in = {"Authorization": f"Bearer {workspace.issue_user_token('ann@example.com')}"}
    assert httpx.get(f"{app.url}/.well-known/databricks-config", headers=signed_in).json()["cloud"] == "AWS"


def test_values_of_variables_are_not_shown(workspace: Workspace, client: WorkspaceClient, app: App) -> None:
    workspace.deployments.launch = lambda deployment: workspace.url
    begun = {"source_code_path": SOURCE, "env_vars": [{"name": "PASSWORD", "value": "secret"}]}
    made = client.api_client.do("POST", "/api/2.0/apps/shop/deployments", body=begun)
    assert made["env_vars"] == begun["env_vars"]
    shown = client.api_client.do("GET", f"/api/2.0/apps/shop/deployments/{made['deployment_id']}")
    assert shown["env_vars"] == [{"name": "PASSWORD"}]


def test_a_deployment_that_fails_says_why(workspace: Workspace, client: WorkspaceClient, app: App) -> None:
    workspace.faults.deployments.next(message="error installing packages")
    failed = deployed(client)
    assert (failed.status.state.value, failed.status.message) == ("FAILED", "error installing packages")

    def crash(_: Deployment) -> str:
        raise DeploymentFailed("app crashed unexpectedly. Please check /logz for more details")

    workspace.deployments.launch = crash
    assert deployed(client).status.state is AppDeploymentState.FAILED
    assert client.apps.get("shop").app_status.state.value == "CRASHED"


def test_two_deployments_at_once_are_refused(workspace: Workspace, client: WorkspaceClient, app: App) -> None:
    held = workspace.faults.deployments.next(hold_after=0)
    client.apps.deploy("shop", AppDeployment(source_code_path=SOURCE))
    with pytest.raises(BadRequest, match="in progress"):
        client.apps.deploy("shop", AppDeployment(source_code_path=SOURCE))
    held.release_all()


def test_what_an_app_is_to_have_must_exist(workspace: Workspace, client: WorkspaceClient) -> None:
    endpoint = AppResourceServingEndpoint("missing", Permission.CAN_QUERY)
    with pytest.raises(NotFound, match="Endpoint with name 'missing' does not exist"):
        client.apps.create(App("shop", resources=[AppResource("agent", serving_endpoint=endpoint)]))
    database = {"name": "postgres", "postgres": {"branch": "projects/none/branches/production"}}
    with pytest.raises(NotFound, match="project id not found"):
        client.api_client.do("POST", "/api/2.0/apps", body={"name": "shop", "resources": [database]})


def test_scopes_need_user_authorization(workspace: Workspace, client: WorkspaceClient) -> None:
    workspace.apps.user_authorization = False
    with pytest.raises(BadRequest, match=r"(?i)user token passthrough not enabled"):
        client.apps.create(App("shop", user_api_scopes=["model-serving"]))


def test_an_update_replaces_what_its_mask_names_and_nothing_else(workspace: Workspace, client: WorkspaceClient) -> None:
    client.apps.create(App("shop", description="Sells tents", user_api_scopes=["sql"]), no_compute=True)
    client.apps.create_update("shop", "description,user_api_scopes", app=App("shop", description="Sells boats"))
    assert (client.apps.get("shop").description, client.apps.get("shop").user_api_scopes) == ("Sells boats", None)


def test_only_people_with_an_oauth_token_get_to_an_app(workspace: Workspace, client: WorkspaceClient, app: App) -> None:
    for token in ("", "nonsense", workspace.tokens.issue_pat("ann@example.com")):
        answer = httpx.get(app.url, headers={"Authorization": f"Bearer {token}"} if token else {})
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(f"{workspace.url}/oidc/oauth2/v2.0/authorize")


def test_a_stopped_app_answers_nobody(workspace: Workspace, client: WorkspaceClient, app: App) -> None:
    workspace.deployments.launch = lambda deployment: workspace.url
    deployed(client)
    client.apps.stop("shop")
    signed_in = {"Authorization": f"Bearer {workspace.issue_user_token('ann@example.com')}"}
    assert httpx.get(app.url, headers=signed_in).status_code == 502
    assert client.apps.get("shop").active_deployment is None
