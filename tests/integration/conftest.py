"""The API on a real port and its users; stores over Postgres and over memory."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import uvicorn

from lib.api.app import create_api
from lib.config import load
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.identity import User
from lib.runtime import Runtime
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, BOB, clone_database, url_of
from tests.integration.rest_client import Client
from tests.integration.stores import MemoryStores, PostgresStores, Stores

Runtimes = dict[str, Runtime]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, Runtimes]]:
    """The API on a real port and the runtimes it uses; each test sets its own as `now`."""
    runtimes: Runtimes = {}
    config = uvicorn.Config(
        create_api(lambda: runtimes["now"]), port=0, lifespan="off", ws="none", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", runtimes
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def url(served: tuple[str, Runtimes], runtime: Runtime, workspace: Workspace) -> Iterator[str]:
    served[1]["now"] = runtime
    workspace.requests.clear()
    yield served[0]
    workspace.faults.clear()


@pytest.fixture
def ephemeral(served: tuple[str, Runtimes], platform: dict[str, str], url: str) -> Iterator[Runtime]:
    made = Runtime(load({name: value for name, value in platform.items() if name != "DATABASE_URL"}))
    served[1]["now"] = made
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client_of(url: str) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def client(**headers: str) -> Client:
        made.append(Client(url, headers))
        return made[-1]

    yield client
    for each in made:
        each.http.close()


@pytest.fixture
def ann(client_of: Callable[..., Client]) -> Client:
    return client_of(**{"x-forwarded-email": ANN.id, "x-forwarded-preferred-username": "Ann"})


@pytest.fixture
def bob(client_of: Callable[..., Client]) -> Client:
    return client_of(**{"x-forwarded-email": BOB.id})


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """One database for all tests of both stores: each test has new users, so tests do not see each other."""
    name = "test_of_stores"
    clone_database(cluster, template, name)
    made = connect(DatabaseUrl(url_of(cluster, name)), AppWorkspace())
    yield made
    made.dispose()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what would be run twice for nothing: the memory store needs no server, so it has no version."""
    items[:] = [item for item in items if not _runs_once(item) or "pg16" not in _ids(item)]


def _runs_once(item: pytest.Item) -> bool:
    return "memory" in _ids(item) or item.get_closest_marker("on_one_postgres") is not None


def _ids(item: pytest.Item) -> set[str]:
    return set(re.split(r"[-\[\]]", item.name))


@pytest.fixture
def owner() -> User:
    return replace(ANN, id=f"ann-{uuid4()}")


@pytest.fixture(params=["postgres", "memory"])
def stores(request: pytest.FixtureRequest, owner: User, cluster: Cluster) -> Stores:
    if request.param == "memory":
        return MemoryStores(owner)
    return PostgresStores(request.getfixturevalue("shared_database"), cluster)
