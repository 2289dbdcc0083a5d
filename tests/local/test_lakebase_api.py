"""What the local workspace says about Lakebase, read with the real SDK."""

from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.postgres import EndpointStatusState, EndpointType

from local.workspace import ENDPOINT, INSTANCE, Workspace

ROLE = "1a4ec8a7-0000-4000-8000-00000000test"
HOST = "lakebase.example.com"
PROJECT, BRANCH = ENDPOINT.partition("/branches")[0], ENDPOINT.partition("/endpoints")[0]


@pytest.fixture(scope="module")
def running() -> Iterator[Workspace]:
    with Workspace(f"postgresql://{HOST}/postgres", role=ROLE, client_id=ROLE, client_secret="a secret") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def client(running: Workspace) -> WorkspaceClient:
    return WorkspaceClient(host=running.url, client_id=ROLE, client_secret="a secret")


@pytest.fixture
def workspace(running: Workspace) -> Iterator[Workspace]:
    before = dict(running.lakebase_projects.resources)
    yield running
    running.lakebase_projects.resources.clear()
    running.lakebase_projects.resources.update(before)
    running.lakebase_projects.hidden.clear()
    running.faults.clear()
    running.requests.clear()


def test_the_workspace_has_one_project_whose_parts_are_found_from_the_top(
    workspace: Workspace, client: WorkspaceClient
) -> None:
    (project,) = client.postgres.list_projects()
    (branch,) = client.postgres.list_branches(str(project.name))
    (endpoint,) = client.postgres.list_endpoints(str(branch.name))
    assert (project.name, branch.name, endpoint.name) == (PROJECT, BRANCH, ENDPOINT)
    assert project.status and project.status.default_branch == BRANCH and branch.status and branch.status.default
    (database,) = client.postgres.list_databases(BRANCH)
    assert database.status and database.status.postgres_database == "databricks_postgres"
    roles = [role.status.postgres_role for role in client.postgres.list_roles(BRANCH) if role.status]
    assert ROLE in roles and client.postgres.get_role(str(database.status.role)).status


def test_an_endpoint_says_its_hosts_its_state_and_its_size(workspace: Workspace, client: WorkspaceClient) -> None:
    status = client.postgres.get_endpoint(ENDPOINT).status
    assert status and status.hosts and status.suspend_timeout_duration
    assert (status.hosts.host, status.hosts.read_write_pooled_host) == (HOST, "lakebase-pooler.example.com")
    assert (status.current_state, status.endpoint_type) == (
        EndpointStatusState.ACTIVE,
        EndpointType.ENDPOINT_TYPE_READ_WRITE,
    )
    assert (status.autoscaling_limit_min_cu, status.autoscaling_limit_max_cu) == (1.0, 1.0)
    assert status.suspend_timeout_duration.ToTimedelta().days == 1


def test_a_read_only_endpoint_has_only_read_only_hosts(workspace: Workspace, client: WorkspaceClient) -> None:
    replica = workspace.lakebase_projects.add_endpoint(BRANCH, "replica", read_only=True)
    status = client.postgres.get_endpoint(replica).status
    assert status and status.hosts
    assert status.hosts.host == status.hosts.read_only_host
    assert status.hosts.read_only_pooled_host and not status.hosts.read_write_pooled_host


def test_lists_come_in_pages(workspace: Workspace, client: WorkspaceClient) -> None:
    for number in range(4):
        workspace.lakebase_projects.add_project(f"project-{number}")
    names = [project.project_id for project in client.postgres.list_projects(page_size=2)]
    assert names == ["lakechat", "project-0", "project-1", "project-2", "project-3"]
    assert len(workspace.requests.to("/projects")) == 3
    with pytest.raises(BadRequest, match="page_token"):
        list(client.postgres.list_projects(page_token="made up"))


def test_what_is_missing_is_named_and_what_is_hidden_is_not_listed(
    workspace: Workspace, client: WorkspaceClient
) -> None:
    with pytest.raises(NotFound, match="project id not found"):
        client.postgres.get_project("projects/other")
    with pytest.raises(NotFound, match="branch id not found"):
        list(client.postgres.list_endpoints(f"{PROJECT}/branches/other"))
    with pytest.raises(NotFound, match="endpoint id not found"):
        client.postgres.get_endpoint(f"{BRANCH}/endpoints/other")
    workspace.lakebase_projects.hidden.add(PROJECT)
    assert list(client.postgres.list_projects()) == []
    with pytest.raises(PermissionDenied, match="permission"):
        list(client.postgres.list_branches(PROJECT))


def test_a_workspace_may_refuse_or_have_no_lakebase(workspace: Workspace, client: WorkspaceClient) -> None:
    workspace.faults.lakebase.next(status=403)
    with pytest.raises(PermissionDenied):
        list(client.postgres.list_projects())
    disabled = {"error_code": "FEATURE_DISABLED", "message": "Lakebase is not enabled in this workspace."}
    workspace.faults.lakebase.next(status=404, body=disabled)
    with pytest.raises(NotFound, match="not enabled"):
        list(client.postgres.list_projects())


def test_a_removed_project_takes_its_endpoints_with_it_and_gets_no_credential(
    workspace: Workspace, client: WorkspaceClient
) -> None:
    workspace.lakebase_projects.remove(PROJECT)
    workspace.lakebase_projects.add_project("lakechat-2")
    assert [project.project_id for project in client.postgres.list_projects()] == ["lakechat-2"]
    with pytest.raises(NotFound):
        client.postgres.generate_database_credential(endpoint=ENDPOINT)


def test_provisioned_instances_are_listed_and_found(workspace: Workspace, client: WorkspaceClient) -> None:
    (instance,) = client.database.list_database_instances()
    assert (instance.name, instance.read_write_dns) == (INSTANCE, HOST)
    assert client.database.get_database_instance(INSTANCE) == instance
    assert client.database.find_database_instance_by_uid(uid=instance.uid) == instance
    with pytest.raises(NotFound):
        client.database.get_database_instance("other")
