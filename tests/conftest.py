"""Fixtures of all tests: a real Postgres, the local workspace, and the app's own parts over them.

Every pytest-xdist process has its own of each; nothing here may assume to be the only one on the machine.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, settings
from psycopg2 import sql

from lib.config import load
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import MIGRATE_SECONDS, migrate
from lib.identity import User
from lib.outage.journal import folder
from lib.runtime import Runtime
from lib.workspace import Workspace as AppWorkspace
from local.lakebase import bind
from local.postgres import Cluster
from local.postgres.temporary import temporary_cluster
from local.workspace import Workspace
from tests.agent_servers.model import Model, running_model
from tests.agent_servers.server import agent_servers
from tests.mlflow_server import MLflowServer, mlflow_server

ROLE = "1a4ec8a7-0000-4000-8000-0000000000a9"
CLIENT_SECRET = "not-a-secret-outside-this-machine"
TEMPLATE = "template_of_tests"
DOCUMENTS = Path(__file__).parents[1] / "docs"
_numbers = count()

ANN = User("ann@example.com", "ann@example.com", "Ann", authenticated=True)
BOB = User("bob@example.com", "bob@example.com", "Bob", authenticated=True)


# How long an example takes tells more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# The default server, and the oldest version that Lakebase runs.
SERVERS = [pytest.param(None, id=pytest.HIDDEN_PARAM), pytest.param(16, id="pg16")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames and metafunc.definition.get_closest_marker("on_every_postgres"):
        metafunc.parametrize("cluster", SERVERS, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep each `xdist_group` in one process: pytest-xdist 3.8 writes it where pytest 9.2 no longer reads it."""
    for item in items if getattr(config.option, "loadgroup", False) else ():
        if group := item.get_closest_marker("xdist_group"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group.args[0]}")


@contextmanager
def _documents_may_be_missing() -> Iterator[None]:
    """A project made by `databricks apps init` has no docs/, and so nothing there that could be compared."""
    try:
        yield
    except FileNotFoundError as missing:
        if DOCUMENTS.exists() or DOCUMENTS not in Path(str(missing.filename)).parents:
            raise
        pytest.skip("docs/ is not here: `databricks apps init` leaves it out")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with _documents_may_be_missing():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with _documents_may_be_missing():
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show why a test failed that passed when it was run again: its fault still has to be found."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("_", f"{report.nodeid} failed at first", yellow=True)
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A Postgres; modules marked `on_every_postgres` run on each version that Lakebase has."""
    with temporary_cluster(getattr(request, "param", None)) as running:
        yield running


def administer(cluster: Cluster, statement: sql.Composable | str, database: str = "postgres") -> None:
    """Run one statement as the server's superuser."""
    connection = psycopg2.connect(cluster.admin_dsn(database))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database, owned by the app's role, that is cloned in a few milliseconds."""
    bind(cluster, role=ROLE, database=TEMPLATE)
    administer(cluster, sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(TEMPLATE), sql.Identifier(ROLE)))
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests'").format(sql.Identifier(ROLE)))
    database = connect(DatabaseUrl(cluster.dsn(ROLE, "tests", TEMPLATE)), AppWorkspace())
    database.run(migrate, MIGRATE_SECONDS)
    database.dispose()
    return TEMPLATE


@pytest.fixture
def database_name(cluster: Cluster, template: str) -> str:
    """This test's own database, migrated and empty."""
    name = f"test_{next(_numbers)}"
    clone_database(cluster, template, name)
    return name


def clone_database(cluster: Cluster, template: str, name: str) -> None:
    clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy OWNER {}")
    administer(cluster, clone.format(*map(sql.Identifier, (name, template, ROLE))))


def url_of(cluster: Cluster, name: str) -> str:
    """With the tests' own password, after which the app's role can no longer log in with what it minted before."""
    administer(cluster, sql.SQL("ALTER ROLE {} PASSWORD 'tests' VALID UNTIL 'infinity'").format(sql.Identifier(ROLE)))
    return cluster.dsn(ROLE, "tests", name)


@pytest.fixture
def database_url(cluster: Cluster, database_name: str) -> str:
    return url_of(cluster, database_name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = connect(DatabaseUrl(database_url), AppWorkspace())
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def workspace(cluster: Cluster) -> Iterator[Workspace]:
    """The local workspace without delays; tests queue faults in it."""
    # On a loaded machine this import takes six seconds: as long as the app waits for a workspace.
    import_module("databricks.sdk")
    with Workspace(
        cluster.admin_dsn(),
        role=ROLE,
        client_id=ROLE,
        client_secret=CLIENT_SECRET,
        words_per_second=float("inf"),
    ) as running:
        yield running


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowServer]:
    """MLflow's own server. Mark its tests `xdist_group("mlflow")`: it takes five seconds of a core to start."""
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    """The language model of all agent servers."""
    with running_model() as running:
        yield running


@pytest.fixture(scope="session")
def agent_url(
    model: Model, mlflow: MLflowServer, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Gives the URL of the agent of that name; its server is started when it is first needed.

    Mark its tests `xdist_group("mlflow")`: a server takes three seconds of a core to start.
    """
    with agent_servers(model.url, mlflow.url, cluster.admin_dsn(), tmp_path_factory.mktemp) as url:
        yield url


@pytest.fixture
def platform(workspace: Workspace, database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of an app whose agent is the workspace's; also set in this process, where the SDK reads it."""
    workspace.faults.clear()
    environ = {
        "DATABRICKS_HOST": workspace.url,
        "DATABRICKS_CLIENT_ID": ROLE,
        "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET,
        "SERVING_ENDPOINT": "demo-agent",
        "DATABASE_URL": database_url,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return environ


@pytest.fixture
def runtime(platform: dict[str, str]) -> Iterator[Runtime]:
    """The app without its front ends, over a real database and a real agent endpoint."""
    made = Runtime(load(platform))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This test's own folder for the journal and for what the database refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder()
