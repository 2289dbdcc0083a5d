"""A process of the app with telemetry on, from its first turn to its end, and receivers that do not work."""

import signal
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2.errors
import pytest
from psycopg2 import sql

from local import environment
from local.app import AppProcess
from local.postgres import Cluster
from local.workspace import ENDPOINT, Workspace
from tests.conftest import ANN, CLIENT_SECRET, ROLE, administer
from tests.integration.rest_client import SAID, Client, asking, chat_of, messages_of
from tests.integration.test_log_lines import lines
from tests.otlp_receiver import Received, attributes_of, grpc_receiver
from tests.waiting import until

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
AGENT = "demo-agent"
SEARCHED = "words-of-a-search-4711"


def asked_for(url: str) -> dict[str, str]:
    """As Databricks Apps sets it, but sent sooner."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_RESOURCE_ATTRIBUTES": "workspace.id=123,app.name=lakechat",
        "OTEL_SERVICE_NAME": "my-app",
        "OTEL_METRIC_EXPORT_INTERVAL": "300",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


@pytest.fixture
def environ(platform: dict[str, str], database_name: str, cluster: Cluster, workspace: Workspace) -> dict[str, str]:
    """Of an app with a Lakebase, for which it mints credentials."""
    workspace.minter.rotate()  # `platform` has set another password
    lakebase = {
        "PGHOST": cluster.host,
        "PGPORT": str(cluster.port),
        "PGDATABASE": database_name,
        "PGUSER": ROLE,
        "PGSSLMODE": cluster.sslmode,
        "LAKEBASE_ENDPOINT": ENDPOINT,
    }
    del platform["DATABASE_URL"]
    return environment.of_app({}, port=0, ephemeral=False) | platform | lakebase


def rename(cluster: Cluster, name: str, other: str) -> None:
    """The app loses the database at once: to wait for one that does not exist, it spends no time."""

    def renamed() -> bool:
        administer(cluster, sql.SQL(CUT).format(sql.Literal(name)))
        try:
            administer(cluster, sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (name, other))))
        except psycopg2.errors.ObjectInUse:  # somebody has just connected again
            return False
        return True

    until(renamed)


def client_of(app: AppProcess, workspace: Workspace) -> Client:
    token = workspace.issue_user_token(ANN.id)
    return Client(f"{app.url}/api", {"x-forwarded-email": ANN.id, "x-forwarded-access-token": token})


def test_what_a_process_does_reaches_the_receiver_and_nothing_of_what_is_said(
    environ: dict[str, str], cluster: Cluster, database_name: str, workspace: Workspace, tmp_path: Path
) -> None:
    with grpc_receiver() as received, ExitStack() as stack:
        app = stack.enter_context(AppProcess(environ | asked_for(received.url), log=tmp_path / "app.log"))
        ann = client_of(app, workspace)
        stack.enter_context(closing(ann.http))
        workspace.requests.clear()

        answered = chat_of(ann.ask(SAID))
        answer = messages_of(ann, answered)[-1]
        ann.http.post("/feedback", json={"messageId": answer["id"], "isUpvoted": True})
        ann.get("/search", q=SEARCHED)
        workspace.faults.invocations.next(status=403, message=SAID)
        chat_of(ann.ask(SAID))

        until(lambda: received.value("lakechat.turns.ended", lakechat__turn__status="failed"))
        held = workspace.faults.invocations.next(hold_after=2)
        with ann.asked(asking(SAID)) as events:
            next(events)
            until(lambda: received.value("lakechat.turns.running") == 1)
            rename(cluster, database_name, "away")
            held.release_all()
            assert list(events)
        until(lambda: received.value("lakechat.outbox.writes") == 1)
        assert received.value("lakechat.outbox.size") > 0
        until(lambda: received.value("lakechat.mode", lakechat__mode="reconnecting"))
        rename(cluster, "away", database_name)
        until(lambda: received.value("lakechat.mode", lakechat__mode="saved"))
        until(lambda: received.value("lakechat.outbox.writes") == 0)
        assert app.terminate() == -signal.SIGTERM  # which it handles, and then ends by

        _check_figures(received)
        _check_traces(received, answer["id"], app, workspace)
        _check_privacy(received, answered, ann)


def _check_figures(received: Received) -> None:
    value = received.value
    assert value("lakechat.turns.started", gen_ai__agent__name=AGENT) == 3
    assert value("lakechat.turns.ended", gen_ai__agent__name=AGENT, lakechat__turn__status="complete") == 2
    assert value("lakechat.turns.ended", lakechat__turn__status="failed", error__type="forbidden") == 1
    assert value("lakechat.turn.duration", lakechat__turn__status="complete") == 2
    assert value("lakechat.turn.time_to_first_word") == 2
    assert value("gen_ai.client.operation.duration", gen_ai__provider__name="databricks") == 3
    assert value("gen_ai.client.operation.duration", error__type="forbidden") == 1
    assert value("gen_ai.client.token.usage", gen_ai__token__type="output") == 2
    assert value("lakechat.mode.changes", lakechat__mode="reconnecting") == 1
    assert value("lakechat.mode.changes", lakechat__mode="saved") == 1
    assert value("lakechat.votes", lakechat__vote="up") == 1
    assert value("lakechat.database.credential.requests") >= 1
    assert value("db.client.connection.max") == 20
    assert {tags["db.client.connection.state"] for tags, _ in received.now("db.client.connection.count")} == {
        "used",
        "idle",
    }
    assert value("lakechat.turns.running") == value("lakechat.sessions.open") == 0
    requests = {"http__route": "/chat", "http__request__method": "POST"}
    assert value("http.server.request.duration", **requests) == 3
    resource = received.resources[0]
    assert (resource["service.name"], resource["workspace.id"]) == ("my-app", "123")
    assert len({each["service.instance.id"] for each in received.resources}) == 1


def _check_traces(received: Received, turn_id: str, app: AppProcess, workspace: Workspace) -> None:
    turns = {attributes_of(span.attributes)["lakechat.turn.id"]: span for span in received.named("lakechat.turn")}
    assert len(turns) == 3
    turn = turns[turn_id]
    assert (
        attributes_of(turn.attributes).items()
        >= {"gen_ai.agent.name": AGENT, "lakechat.turn.status": "complete"}.items()
    )
    children = [span for span in received.spans if span.parent_span_id == turn.span_id]
    assert sorted(span.name for span in children) == [
        f"invoke_agent {AGENT}",
        "lakechat.turn.save",
        "lakechat.turn.start",
    ]
    assert all(turn.start_time_unix_nano <= each.start_time_unix_nano for each in children)
    assert all(each.end_time_unix_nano <= turn.end_time_unix_nano for each in children)
    [request] = [span for span in received.spans if span.span_id == turn.parent_span_id]
    assert request.name == "POST /chat"
    _check_propagation(children, workspace)
    [failed] = [each for each in turns.values() if each.status.code == each.status.STATUS_CODE_ERROR]
    assert attributes_of(failed.attributes)["error.type"] == "forbidden"
    logged = {line["id"]: line["trace_id"] for line in lines(app, "turn")}
    assert logged[turn_id] == turn.trace_id.hex()


def _check_propagation(children: list[Any], workspace: Workspace) -> None:
    [asked] = [span for span in children if span.name.startswith("invoke_agent")]
    sent = [request.headers.get("traceparent", "") for request in workspace.requests.to("/invocations")]
    parent = f"00-{asked.trace_id.hex()}-{asked.span_id.hex()}-"
    assert [int(each.removeprefix(parent), 16) & 1 for each in sent if each.startswith(parent)] == [1]


def _check_privacy(received: Received, chat_id: str, ann: Client) -> None:
    """Neither what is said nor who says it, no secret, and no address of a chat."""
    token = ann.http.headers["x-forwarded-access-token"]
    secrets = [SAID, SEARCHED, ANN.id, ANN.id.partition("@")[0], token, CLIENT_SECRET, ROLE, chat_id, "SELECT"]
    assert not [secret for secret in secrets if secret in received.text]
    spans = {name for span in received.spans for name in attributes_of(span.attributes)}
    assert spans & {"url.path", "url.query"}
    assert {attributes_of(span.attributes).get("url.path", "REDACTED") for span in received.spans} == {"REDACTED"}


def test_a_receiver_that_never_answers_holds_up_neither_turns_nor_the_end(
    platform: dict[str, str], workspace: Workspace, tmp_path: Path
) -> None:
    del platform["DATABASE_URL"]
    environ = environment.of_app({}, port=0, ephemeral=True) | platform
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = stack.enter_context(AppProcess(environ | asked_for(url), log=tmp_path / "app.log"))
        ann = client_of(app, workspace)
        stack.enter_context(closing(ann.http))
        for _ in range(3):
            assert UUID(chat_of(ann.ask(SAID)))
        until(lambda: len(lines(app, "turn")) == 3)
        assert max(int(line["total_ms"]) for line in lines(app, "turn")) < 5_000
        assert app.terminate() == -signal.SIGTERM  # not SIGKILL, after 15 s
        assert SAID not in app.said
