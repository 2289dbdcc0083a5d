"""From this checkout to an app that runs from what was uploaded, and keeps its chats in Lakebase."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg2
import pytest

from local.app_platform import AppPlatform
from local.deploy.deployment import Deployment
from local.environment import Principal, without
from local.postgres import Cluster
from local.postgres.temporary import temporary_cluster
from local.workspace import Workspace
from tests.local.cli_bench import AGENT, DEMO, PROJECT, Bench, bench, deploy, refused

DEPLOYED = ("lib", "pages", "assets", "sql", ".streamlit")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as running:
        yield running


@pytest.fixture
def demo(cluster: Cluster, tmp_path: Path) -> Iterator[Bench]:
    """Somebody is signed in, with the whole project; what they deploy is run."""
    principal = Principal()
    names = {"role": principal.client_id, "client_id": principal.client_id, "client_secret": principal.client_secret}
    environ = without(os.environ, "DATABRICKS_", "PG", "LAKEBASE_", "DATABASE_URL")
    with Workspace(cluster.admin_dsn(), words_per_second=float("inf"), **names) as workspace:
        person = bench(workspace, tmp_path)
        for folder in DEPLOYED:
            shutil.copytree(PROJECT / folder, person.project / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "app.py", person.project / "app.py")
        person.sign_in(DEMO)
        with AppPlatform(workspace, principal, cluster, tmp_path / "platform", environ):
            yield person


def test_a_deployed_app_saves_chats_and_says_whose_schema_keeps_it_from_that(demo: Bench, cluster: Cluster) -> None:
    done = deploy(demo, "dev", AGENT, "--ask", "Which region sold most last quarter?")
    assert done.returncode == 0, done.stdout
    assert "Chats are saved in Lakebase (migration " in done.stdout
    url = demo.workspace.apps.items["lakechat-dev"]["url"]
    person = {"Authorization": f"Bearer {demo.workspace.issue_user_token(DEMO)}"}
    assert httpx.get(f"{url}/api/health/lakebase", headers=person).json()["mode"] == "saved"
    assert httpx.get(f"{url}/api/history", headers=person).json()["data"] == []  # the question left nothing behind
    assert "local" not in {Path(path).parts[0] for path in demo.workspace.files.objects}

    database = cluster.admin_dsn("lakechat")
    with closing(psycopg2.connect(database)) as connection, connection, connection.cursor() as admin:
        admin.execute("CREATE ROLE ann; ALTER SCHEMA chat OWNER TO ann")
        admin.execute("DELETE FROM chat.schema_migrations")  # so that the next start has migrations to run
    said = refused(demo, "dev", "--wait", "3", "--force")
    assert said.startswith("The app runs, but its schema belongs to somebody else, so it cannot keep chats.")
    assert "What to do: Run as an admin of the database: " in said


def test_a_binding_without_its_resource_stops_the_app_from_starting(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = demo.project / "targets" / "ephemeral.yml"
    file.write_text(file.read_text().replace("value_from: serving-endpoint", "value_from: agent"))
    demo.environ["BUNDLE_VAR_serving_endpoint"] = "demo-agent"
    assert refused(demo, "ephemeral").startswith("The bundle has mistakes.")
    monkeypatch.setattr(Deployment, "validate", lambda _: None)  # what if it had not been noticed
    said = refused(demo, "ephemeral")
    assert said.startswith("The app names a resource that it does not have: agent.")
