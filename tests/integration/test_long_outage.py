"""Lakebase is stopped for half a minute, in earnest and with the real waits, while the app is used."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from local import environment
from local.app import AppProcess
from local.postgres import Cluster
from local.workspace import Fault
from tests.conftest import ANN, ROLE
from tests.integration.test_database_outages import own_cluster  # noqa: F401
from tests.integration.test_processes import LONG, Program, held, text_of  # noqa: F401
from tests.integration.test_rolling_deploy import QUESTION, health, stored
from tests.waiting import until

# ruff: noqa: F811

STOPPED_SECONDS = 30
BETWEEN_QUESTIONS_SECONDS = 1


@pytest.fixture
def app(platform: dict[str, str], own_cluster: Cluster, tmp_path: Path) -> Iterator[AppProcess]:
    here = {"DATABASE_URL": own_cluster.dsn(ROLE, "tests", "app")}
    environ = environment.of_app({}, port=0, ephemeral=False) | platform | here
    with AppProcess(environ, log=tmp_path / "app.log") as running:
        yield running


@pytest.fixture
def api(app: AppProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{app.url}/api", headers={"x-forwarded-email": ANN.id}, timeout=30) as client:
        yield client


def test_half_a_minute_without_lakebase_loses_no_message(
    app: AppProcess, api: httpx.Client, own_cluster: Cluster, held: Fault
) -> None:
    running, chat, modes, lists = Program(api), Program(api), set(), set()
    with ThreadPoolExecutor(1) as somebody:
        answering = somebody.submit(running.ask, LONG)
        until(lambda: api.get(f"/messages/{running.chat_id}").status_code == 200)
        said = [QUESTION, text_of(chat.ask(QUESTION)).strip()]
        own_cluster.stop()
        stopped_at = time.monotonic()
        held.release_all()
        while time.monotonic() < stopped_at + STOPPED_SECONDS:
            chat.question_id = str(uuid4())
            said += [question := f"{QUESTION} ({len(said)})", text_of(chat.ask(question)).strip()]
            lists.add(api.get("/history").status_code)
            modes.add(health(api)[0])
            time.sleep(BETWEEN_QUESTIONS_SECONDS)
        own_cluster.start()
        until(lambda: api.get("/history").status_code == 200)
        until(lambda: health(api)[0] == "saved")
    assert (lists, modes) == ({503}, {"saved", "reconnecting"})
    assert [content for _, content in stored(api, chat.chat_id)] == said
    assert stored(api, running.chat_id)[1:] == [("complete", text_of(answering.result()).strip())]
    assert {status for status, _ in stored(api, chat.chat_id)} == {"complete"}
    assert "ERROR" not in app.said
