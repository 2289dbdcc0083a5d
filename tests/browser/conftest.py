"""The app as `make run` starts it, and its users in a real Chromium."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from lib.identity import User
from local import environment, lakebase, processes
from local.app import AppProcess
from local.browser import LAUNCH_ARGS, find_or_install
from local.environment import Principal
from local.platform_proxy import identity
from local.postgres import Cluster
from local.workspace import Workspace
from tests.browser.agent import HeldAgent
from tests.browser.contexts import Contexts
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats

PRINCIPAL = Principal()
AGENTS = "demo-agent,demo-chat"
TIMEOUT_MS = 120_000
READY_SECONDS = 120.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: Playwright keeps an event loop running in this thread, and others may need their own."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def demo_workspace(cluster: Cluster) -> Iterator[Workspace]:
    with Workspace(
        cluster.admin_dsn(),
        role=PRINCIPAL.client_id,
        client_id=PRINCIPAL.client_id,
        client_secret=PRINCIPAL.client_secret,
        words_per_second=float("inf"),
    ) as running:
        yield running


@pytest.fixture(scope="session")
def app_url(cluster: Cluster, demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on Lakebase, with the environment that the platform would give it."""
    lakebase.bind(cluster, role=PRINCIPAL.client_id, database=environment.DATABASE)
    bound = environment.of_lakebase(cluster, PRINCIPAL)
    with serving(demo_workspace, bound, tmp_path_factory.mktemp("app")) as app:
        yield app.url


@pytest.fixture
def other_app(
    cluster: Cluster, demo_workspace: Workspace, app_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AppProcess]:
    """Another process over the same database, which the test may kill."""
    bound = environment.of_lakebase(cluster, PRINCIPAL)
    with serving(demo_workspace, bound, tmp_path_factory.mktemp("other")) as app:
        yield app


@pytest.fixture
def app_without_trash(
    cluster: Cluster, demo_workspace: Workspace, app_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AppProcess]:
    bound = environment.of_lakebase(cluster, PRINCIPAL) | {"TRASH_DAYS": "0"}
    with serving(demo_workspace, bound, tmp_path_factory.mktemp("without-trash")) as app:
        yield app


@pytest.fixture(scope="session")
def ephemeral_url(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(demo_workspace, {}, tmp_path_factory.mktemp("ephemeral")) as app:
        yield app.url


@contextmanager
def serving(workspace: Workspace, bound: dict[str, str], directory: Path, **more: str) -> Iterator[AppProcess]:
    """Run the app; yields it once its database is ready, since a test may insert chats first.

    Unless `more` says so, no model suggests next questions: these come when they come, in the middle of a later step.
    """
    mine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"SERVING_ENDPOINT": AGENTS}
    given = environment.of_workspace(mine, url=workspace.url, principal=PRINCIPAL)
    environ = environment.of_app(mine, port=0, ephemeral=not bound) | given | bound
    environ |= {"FOLLOW_UPS": "agent"} | more
    with AppProcess(environ, log=directory / "log") as app:
        mode = "saved" if bound else "ephemeral"
        assert processes.wait_until(lambda: _mode(app) == mode, seconds=READY_SECONDS), app.said
        yield app


def _mode(app: AppProcess) -> str:
    with urllib.request.urlopen(f"{app.url}/api/health/lakebase") as answer:  # noqa: S310
        return str(json.load(answer)["mode"])


@pytest.fixture(scope="session")
def seeded_chats(cluster: Cluster, app_url: str) -> SeededChats:
    return SeededChats(cluster.admin_dsn(environment.DATABASE))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install(), args=LAUNCH_ARGS, timeout=TIMEOUT_MS)
        yield browser
        browser.close()


@pytest.fixture
def agent(demo_workspace: Workspace) -> Iterator[HeldAgent]:
    """The agent, controlled by the test; held answers are released at the end."""
    made = HeldAgent(demo_workspace)
    yield made
    made.release_all()


@pytest.fixture
def new_user() -> User:
    """A user that no other test has."""
    email = f"ann-{uuid4().hex[:8]}@example.com"
    return User(email, email, "Ann", authenticated=True)


@pytest.fixture(scope="session")
def contexts(chromium: Browser) -> Iterator[Contexts]:
    with Contexts(chromium, TIMEOUT_MS) as made:
        yield made


@pytest.fixture
def visit(contexts: Contexts, agent: HeldAgent, app_url: str, new_user: User) -> Iterator[Callable[..., Person]]:
    """Open the app as somebody who was never there; `user` and `url` choose another user or another app.

    Everybody comes through a proxy of their own, the only way to an app on the platform. With options of a browser
    context, a new one is made.
    """
    with ExitStack() as stack:

        def opened(path: str = "", *, user: User = new_user, url: str = app_url, **options: Any) -> Person:
            taken = contexts.taken(url, identity(user.id, user.name or ""), **options)
            return Person(*stack.enter_context(taken)).open(path)

        yield opened


@pytest.fixture
def ann(visit: Callable[..., Person]) -> Person:
    """A new user in front of an empty chat."""
    return visit()
