"""An app that knows only the host of its Lakebase asks the workspace what to mint its credentials for."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from lib.api.serialise import lakebase_schema
from lib.config import load
from lib.database_settings import load_database
from lib.db import lakebase_search
from lib.db.database import Database, connect
from lib.db.failures import ENDPOINT_NOT_ALLOWED, ENDPOINT_NOT_FOUND, ENDPOINT_TOO_MANY, NO_CREDENTIAL
from lib.errors import DatabaseUnavailable
from lib.runtime import Runtime
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from local.workspace import ENDPOINT, INSTANCE, Workspace
from tests.conftest import ROLE
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_resilient_store import ask, asked, pause_for
from tests.waiting import until

PROJECT = ENDPOINT.partition("/branches")[0]
FEATURE_DISABLED = {"error_code": "FEATURE_DISABLED", "message": "Lakebase is not enabled in this workspace."}
Open = Callable[..., Database]


@pytest.fixture
def lakebases(workspace: Workspace) -> Iterator[Workspace]:
    """The workspace of all tests, as it was before at the end."""
    of_workspace = (workspace.lakebase_projects.resources, workspace.lakebase_instances.instances)
    before = [dict(each) for each in of_workspace]
    workspace.requests.clear()
    yield workspace
    for each, was in zip(of_workspace, before, strict=True):
        each.clear()
        each.update(was)
    workspace.lakebase_projects.hidden.clear()
    workspace.faults.clear()


@pytest.fixture
def bound(platform: dict[str, str], lakebases: Workspace, cluster: Cluster, database_name: str) -> dict[str, str]:
    """What Databricks Apps injects for a bound database, and nothing else about it."""
    assert lakebases.minter
    lakebases.minter.rotate()  # `platform` has set another password
    injected = {
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGDATABASE": database_name,
        "PGUSER": ROLE,
        "PGSSLMODE": cluster.sslmode,
    }
    return {name: value for name, value in platform.items() if name != "DATABASE_URL"} | injected


@pytest.fixture
def opened(bound: dict[str, str]) -> Iterator[Open]:
    made: list[Database] = []

    def open_database(**more: str) -> Database:
        where = load_database(bound | more)
        assert where
        made.append(connect(where, AppWorkspace()))
        return made[-1]

    yield open_database
    for each in made:
        each.dispose()


def log_in(database: Database) -> str | None:
    """On a new connection; returns what its credential was minted for."""
    database.dispose()
    assert database.run(current_user) == ROLE
    credential = database.credentials and database.credentials.current
    return credential.minted_for if credential else None


def log_in_anew(database: Database, workspace: Workspace) -> str | None:
    """With a new credential."""
    assert workspace.minter
    workspace.minter.rotate()
    return log_in(database)


def current_user(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT current_user")))


def searches(workspace: Workspace) -> list[str]:
    """The queries of the requests for the list of projects, with which a search begins."""
    return [each.query for each in workspace.requests if each.path.endswith("/postgres/projects")]


def failure_of(database: Database) -> str | None:
    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(current_user)
    return caught.value.failure


def test_the_endpoint_is_looked_up_with_the_first_credential_and_then_known(opened: Open, lakebases: Workspace) -> None:
    database = opened()
    assert not len(lakebases.requests), "nothing is asked before it is needed"
    assert log_in(database) == ENDPOINT
    assert log_in_anew(database, lakebases) == ENDPOINT
    assert len(lakebases.requests.to("/credentials")) == 2
    assert len(searches(lakebases)) == 1


def test_with_the_endpoint_named_nothing_is_looked_up(opened: Open, lakebases: Workspace) -> None:
    assert log_in(opened(LAKEBASE_ENDPOINT=ENDPOINT)) == ENDPOINT
    assert log_in(opened(LAKEBASE_INSTANCE_NAME=INSTANCE)) == f"instance {INSTANCE}"
    assert not searches(lakebases) and not lakebases.requests.to("/instances")


def test_it_is_found_in_a_branch_that_is_not_the_default_and_on_a_later_page(
    opened: Open, lakebases: Workspace, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lakebase_search, "ITEMS_PER_PAGE", 2)
    projects = lakebases.lakebase_projects
    projects.remove(PROJECT)
    for project in ("first", "second", "third"):
        projects.add_project(project)
    wanted = projects.add_branch("projects/third", "staging", host=cluster.host)
    assert log_in(opened()) == wanted
    assert ["page_token" in query for query in searches(lakebases)] == [False, True]


def test_a_replaced_endpoint_is_looked_up_again(opened: Open, lakebases: Workspace, cluster: Cluster) -> None:
    database = opened()
    assert log_in(database) == ENDPOINT
    lakebases.lakebase_projects.remove(PROJECT)
    moved = lakebases.lakebase_projects.add_project("moved", host=cluster.host)
    assert log_in_anew(database, lakebases) == moved


def test_a_provisioned_instance_is_found_too(opened: Open, lakebases: Workspace) -> None:
    lakebases.lakebase_projects.remove(PROJECT)
    assert log_in(opened()) == f"instance {INSTANCE}"


def test_a_provisioned_instance_is_found_in_a_workspace_without_projects(opened: Open, lakebases: Workspace) -> None:
    lakebases.faults.lakebase.always(status=404, body=FEATURE_DISABLED)
    assert log_in(opened()) == f"instance {INSTANCE}"


def test_what_the_app_may_not_see_counts_as_not_found_and_a_refusal_as_not_allowed(
    opened: Open, lakebases: Workspace
) -> None:
    lakebases.lakebase_instances.instances.clear()
    lakebases.lakebase_projects.hidden.add(PROJECT)
    assert failure_of(opened()) == ENDPOINT_NOT_FOUND
    lakebases.lakebase_projects.hidden.clear()
    lakebases.faults.lakebase.always(status=403)
    assert failure_of(opened()) == ENDPOINT_NOT_ALLOWED


def test_a_search_in_vain_is_not_repeated_at_once(opened: Open, lakebases: Workspace) -> None:
    lakebases.faults.lakebase.always(status=403)
    lakebases.faults.instances.always(status=403)
    database = opened()
    assert {failure_of(database) for _ in range(5)} == {ENDPOINT_NOT_ALLOWED}
    assert len(searches(lakebases)) == 1


def test_a_search_ends_where_a_workspace_has_too_much(
    opened: Open, lakebases: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    lakebases.lakebase_projects.remove(PROJECT)
    lakebases.lakebase_projects.add_project("other")
    monkeypatch.setattr(lakebase_search, "SEARCH_SECONDS", 0.0)
    assert failure_of(opened()) == ENDPOINT_TOO_MANY


def test_an_error_of_the_workspace_is_not_taken_for_an_answer(opened: Open, lakebases: Workspace) -> None:
    lakebases.faults.lakebase.next(status=401)
    database = opened()
    assert failure_of(database) == NO_CREDENTIAL
    assert log_in(database) == ENDPOINT


@pytest.fixture
def started(bound: dict[str, str], lakebases: Workspace) -> Iterator[Runtime]:
    """The whole app, in a workspace that does not let it look."""
    lakebases.faults.lakebase.always(status=403)
    lakebases.faults.instances.always(status=403)
    made = Runtime(load(bound))
    pause_for(made)
    made.start()
    yield made
    made.stop()


def test_an_app_that_may_not_look_says_what_to_write_keeps_what_is_said_and_recovers_by_itself(
    started: Runtime, lakebases: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    until(lambda: started.connection_state.mode == "reconnecting")
    said = lakebase_schema(started).reason or ""
    assert all(word in said for word in ("PGHOST", "app.yaml", "LAKEBASE_ENDPOINT", "valueFrom: postgres"))
    assert any(said in record.getMessage() for record in caplog.get_records("setup"))
    turn = ask(started, asked())
    assert turn.status == "complete" and not started.is_saved(turn)
    lakebases.faults.clear()
    until(lambda: started.connection_state.mode == "saved" and started.is_saved(turn))
    assert lakebase_schema(started).reason is None


def test_a_silent_workspace_delays_the_look_up_and_nobody(
    bound: dict[str, str], lakebases: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, port = lakebases.url.removeprefix("http://").partition(":")
    with TcpProxy(host, int(port)) as proxy:
        monkeypatch.setenv("DATABRICKS_HOST", f"http://127.0.0.1:{proxy.port}")
        where, workspace = load_database(bound), AppWorkspace()
        assert where and workspace.client.current_user.me()
        database = connect(where, workspace)
        assert database.credentials
        database.credentials._wait_seconds = 0.1
        proxy.swallows = True
        assert {failure_of(database) for _ in range(3)} == {NO_CREDENTIAL}
        proxy.open()
        proxy.cut()
        until(lambda: database.credentials and database.credentials.current)
        assert log_in(database) == ENDPOINT
        database.dispose()
