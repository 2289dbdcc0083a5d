"""Load on a Lakebase whose credentials expire within seconds and whose connections are cut every few seconds."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg2

from bench.asked import Line, http
from bench.stage import NO_LIMITS
from bench.turn_log import END_SESSIONS
from local import environment, lakebase
from local.app import AppProcess
from local.environment import DATABASE, Principal
from local.postgres import Cluster
from local.postgres.temporary import temporary_cluster
from local.workspace import Workspace

CREDENTIAL_SECONDS = 20
PEOPLE = 4
PAUSE_SECONDS = 0.2
CUT_EVERY_SECONDS = 3
QUESTION = "Which region sold most last quarter?"
STATISTICS = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
STATUSES = "SELECT status, count(*) FROM chat.messages WHERE role = 'assistant' GROUP BY status"


@dataclass
class Traffic:
    """What one person saw; `kept` lists the chats whose answer was complete."""

    results: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0


@dataclass(frozen=True)
class Bound:
    """An app with its Lakebase and workspace, as on the platform."""

    cluster: Cluster
    workspace: Workspace
    app: AppProcess

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database from outside, as its superuser."""
        with closing(psycopg2.connect(self.cluster.admin_dsn(DATABASE))) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement)
            return list(cursor.fetchall())

    def mode(self) -> str:
        with http() as client:
            return str(client.get(f"{self.app.url}/api/health/lakebase").json()["mode"])


@contextmanager
def bound() -> Iterator[Bound]:
    principal = Principal()
    login = {"client_id": principal.client_id, "client_secret": principal.client_secret, "role": principal.client_id}
    with temporary_cluster() as cluster, tempfile.TemporaryDirectory() as logs:
        lakebase.bind(cluster, role=principal.client_id, database=DATABASE)
        pace = {"credential_ttl_seconds": CREDENTIAL_SECONDS, "words_per_second": float("inf")}
        with Workspace(cluster.admin_dsn(), **login, **pace) as workspace:  # type: ignore[arg-type]
            mine = environment.without(os.environ, "PG", "LAKEBASE_", "DATA", "AGENT_", "SERVING_", "TITLE_")
            environ = environment.of_app(mine, port=0, ephemeral=False) | NO_LIMITS
            environ |= environment.of_workspace({}, url=workspace.url, principal=principal)
            environ |= environment.of_lakebase(cluster, principal)
            with AppProcess(environ, log=Path(logs) / "app.log") as app:
                yield Bound(cluster, workspace, app)


def rotating(seconds: float) -> list[Line]:
    """People ask and list chats; every few seconds all connections end, and new ones need the current credential."""
    with bound() as on:
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(PEOPLE) as people:
            using = [people.submit(use, on.app.url, until) for _ in range(PEOPLE)]
            while time.monotonic() < until:
                time.sleep(CUT_EVERY_SECONDS)
                on.rows(END_SESSIONS)
        return _told(on, [each.result() for each in using], seconds)


def use(url: str, until: float) -> Traffic:
    seen = Traffic()
    with http() as client:
        while time.monotonic() < until:
            for call in (partial(ask, seen), look):
                began = time.monotonic()
                seen.results[_result(partial(call, client, f"{url}/api"))] += 1
                seen.slowest_seconds = max(seen.slowest_seconds, time.monotonic() - began)
            time.sleep(PAUSE_SECONDS)
    return seen


def _result(call: Callable[[], str]) -> str:
    try:
        return call()
    except httpx.HTTPError as error:
        return type(error).__name__


def ask(seen: Traffic, client: httpx.Client, api: str) -> str:
    """Ask in a new chat and read to the end of the answer; return the result as text, for counting."""
    said = {"id": str(uuid4()), "role": "user", "content": QUESTION}
    answer = client.post(f"{api}/chat", json={"messages": [said]})
    if answer.status_code == httpx.codes.OK and '"type": "error"' in answer.text:
        return "a failed answer"
    if answer.status_code == httpx.codes.OK:
        seen.kept.append(answer.headers["X-Chat-Id"])
    return f"POST /chat {answer.status_code}"


def look(client: httpx.Client, api: str) -> str:
    return f"GET /history {client.get(f'{api}/history').status_code}"


def _told(on: Bound, seen: list[Traffic], seconds: float) -> list[Line]:
    results = sum((each.results for each in seen), Counter[str]())
    kept = sum(len(set(each.kept)) for each in seen)
    minted = len(on.workspace.requests.to("/credentials", "POST"))
    refused = (on.cluster.data / "server.log").read_text().count("password authentication failed")
    (sessions,) = on.rows(STATISTICS)[0]
    return [
        (f"credentials that live {CREDENTIAL_SECONDS} s, {PEOPLE} people, {seconds:.0f} s", _counted(results)),
        ("  slowest request", f"{max(each.slowest_seconds for each in seen) * 1000:.0f} ms"),
        ("  answers that came to their end, and how answers are stored", f"{kept}; {_counted(Counter(_statuses(on)))}"),
        ("  credentials minted, logins refused, sessions begun", f"{minted}, {refused}, {sessions}"),
        ("  mode at the end", on.mode()),
    ]


def _statuses(on: Bound) -> dict[str, int]:
    return {str(status): int(str(count)) for status, count in on.rows(STATUSES)}


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counter.items()))
