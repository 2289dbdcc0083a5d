"""Processes of the app that are killed and ended while the database takes nothing."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local import environment
from local.app import AppProcess
from local.postgres import Cluster
from tests.conftest import ANN
from tests.integration.refusing_database import RefusingDatabase
from tests.integration.rest_client import Client
from tests.integration.test_database_refusals import meta_of
from tests.waiting import until


@pytest.fixture
def app(platform: dict[str, str], tmp_path: Path) -> Iterator[AppProcess]:
    environ = environment.of_app({}, port=0, ephemeral=False) | platform | {"TMPDIR": str(tmp_path)}
    with AppProcess(environ, log=tmp_path / "app.log") as running:
        yield running


def stored(client: Client, chat_id: str) -> list[tuple[str, str]]:
    found = client.get(f"/messages/{chat_id}")
    return [(said["status"], said["content"]) for said in found.json()["data"]] if found.status_code == 200 else []


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_writes_refused_before_a_restart_are_saved_by_the_next_process(
    app: AppProcess, cluster: Cluster, database_name: str, end: str
) -> None:
    refusing, ann = RefusingDatabase(cluster, database_name), Client(f"{app.url}/api", {"x-forwarded-email": ANN.id})
    chat_id = ann.ask("Are you there?").headers["X-Chat-Id"]
    refusing.writes("53100")
    meta = meta_of(ann.ask("How many orders are there?", chat_id=chat_id))
    assert (meta["status"], meta["saved"]) == ("complete", False)
    getattr(app, end)()
    app.start()
    assert health(ann) == "saved"
    assert ann.get("/health/lakebase").json()["reason"].startswith("2 writes wait to be saved.")
    refusing.relent()
    until(lambda: len(stored(ann, chat_id)) == 4)
    assert {status for status, _ in stored(ann, chat_id)} == {"complete"}
    assert stored(ann, chat_id)[2][1] == "How many orders are there?"
    ann.http.close()


def health(client: Client) -> str:
    def mode() -> str:
        try:
            return str(client.get("/health/lakebase").json()["mode"])
        except httpx.TransportError:
            return ""

    until(mode)
    return mode()
