"""A workspace that accepts requests and never responds does not block users for long."""

from collections.abc import Iterator

import pytest

from lib.agent.endpoints import credentials as agent_credentials
from lib.agent.endpoints.credentials import NO_WORKSPACE
from lib.agent.endpoints.serving import ServingAgent
from lib.agent.http import transport
from lib.chat.turn import Turn
from lib.config import load
from lib.db import credentials
from lib.identity import Asker
from lib.messages.parts import Error
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_turns import asked, ended
from tests.waiting import until

QUESTION = "Which region sold most last quarter?"


@pytest.fixture
def proxy(workspace: Workspace) -> Iterator[TcpProxy]:
    host, _, port = workspace.url.removeprefix("http://").partition(":")
    with TcpProxy(host, int(port)) as made:
        yield made


@pytest.fixture
def distant(platform: dict[str, str], proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """An app, not started yet, whose connection to its workspace can be cut, with a shorter timeout than usual."""
    monkeypatch.setenv("DATABRICKS_HOST", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setattr(agent_credentials, "WORKSPACE_SECONDS", 0.5)
    monkeypatch.setattr(transport, "LOOK_UP_SECONDS", 0.5)
    made = Runtime(load(platform | {"DATABRICKS_HOST": f"http://127.0.0.1:{proxy.port}"}))
    yield made
    proxy.open()
    proxy.cut()
    made.stop()


def ask(runtime: Runtime) -> Turn:
    return ended(runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked(QUESTION)))


def errors_in(turn: Turn) -> list[str]:
    return [part.text for part in turn.answer.parts if isinstance(part, Error)]


def test_a_question_fails_in_time_while_the_workspace_is_silent_and_the_next_one_is_answered(
    distant: Runtime, proxy: TcpProxy
) -> None:
    proxy.swallows = True
    distant.start()
    turn = ask(distant)
    assert (turn.status, errors_in(turn)) == ("failed", [NO_WORKSPACE])
    assert distant.workspace._lock.locked(), "the SDK has not given up"
    proxy.open()
    proxy.cut()
    until(lambda: ask(distant).status == "complete")


def test_a_workspace_that_becomes_silent_later_is_reported_too(distant: Runtime, proxy: TcpProxy) -> None:
    distant.start()
    until(lambda: ask(distant).status == "complete")  # the SDK may take its time to load
    agent = distant.agents.get(None)
    assert isinstance(agent, ServingAgent)
    agent._endpoint_until = 0.0
    proxy.swallows = True
    turn = ask(distant)
    assert (turn.status, errors_in(turn)) == ("failed", [NO_WORKSPACE])


def test_no_request_waits_longer_than_a_few_seconds_for_the_workspace() -> None:
    assert max(agent_credentials.WORKSPACE_SECONDS, transport.LOOK_UP_SECONDS, credentials.WAIT_SECONDS) <= 6
