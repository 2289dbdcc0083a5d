"""What is measured and what it is measured against: a Postgres, the agents and the real app, each its own process."""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psycopg2

from bench import agents
from lib.config import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import migrate
from lib.identity import User
from lib.workspace import Workspace
from local import environment, lakebase, processes
from local.account import Account
from local.environment import Principal
from local.scratch import temporary

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
ROLE, DATABASE = "bench", "bench"
ANN = User("ann@example.com", "ann@example.com", "Ann", authenticated=True)
IDENTITY = {"X-Forwarded-Email": "ann@example.com", "X-Forwarded-Preferred-Username": "Ann"}


@dataclass(frozen=True)
class App:
    """The running app; `pid` is the process that does all its work."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """What all its threads have used, in steps of 10 ms. Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Stage:
    """Each part starts when it is first used; all end together."""

    def __init__(self, *, is_quick: bool) -> None:
        self.is_quick = is_quick
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._cluster = self._stack.enter_context(temporary())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def principal(self) -> Principal:
        return Principal()

    @cached_property
    def workspace_url(self) -> str:
        given = (self._cluster.admin_dsn(), self.principal.client_id, self.principal.client_secret)
        return self._stack.enter_context(agents.workspace(*given))

    @cached_property
    def paced_url(self) -> str:
        return self._stack.enter_context(agents.paced())

    @cached_property
    def database_url(self) -> str:
        """A database of this process and of `app`, with the schema in it."""
        url = lakebase.database_url(self._cluster, role=ROLE, database=DATABASE)
        with closing_database(url) as database:
            database.run(migrate)
        return url

    @cached_property
    def app(self) -> App:
        """Asks the paced agent and keeps its chats in `database_url`."""
        return self._start({"DATABASE_URL": self.database_url, "AGENT_URL": self.paced_url})

    @cached_property
    def app_of_platform(self) -> App:
        """As Databricks Apps starts it: a serving endpoint, and a Lakebase whose credentials it mints."""
        lakebase.bind(self._cluster, role=self.principal.client_id, database=environment.DATABASE)
        given = environment.of_workspace({}, url=self.workspace_url, principal=self.principal)
        return self._start(given | environment.of_lakebase(self._cluster, self.principal))

    @cached_property
    def bare_page(self) -> App:
        """Streamlit alone, with the settings of the app."""
        return self._start({"PYTHONPATH": str(PROJECT)}, script="bench/bare_page.py")

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A superuser's cursor in the database of `app`."""
        with closing(psycopg2.connect(self._cluster.admin_dsn(DATABASE))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def _start(self, given: Mapping[str, str], script: str = "app.py") -> App:
        return self._stack.enter_context(_app(given, script))


@contextmanager
def closing_database(url: str) -> Iterator[Database]:
    """The app's own access to a database."""
    database = connect(DatabaseUrl(url), Workspace())
    try:
        yield database
    finally:
        database.dispose()


# One user asks for all.
NO_LIMITS = {"REQUESTS_PER_MINUTE": "1000000", "RUNNING_ANSWERS_PER_USER": "1000"}


@contextmanager
def _app(given: Mapping[str, str], script: str) -> Iterator[App]:
    port = _free_port()
    mine = environment.without(os.environ, "PG", "LAKEBASE_", "DATA", "AGENT_", "SERVING_", "TITLE_")
    log = (PROJECT / ".local").joinpath("bench.log")
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = processes.spawn(
            [sys.executable, "-m", "streamlit", "run", script],
            death_signal=signal.SIGKILL,
            environment=environment.of_app(mine, port=port, ephemeral=False) | NO_LIMITS | dict(given),
            directory=PROJECT,
            account=Account("ours"),
            output=output,
        )
    try:
        if not processes.wait_until(lambda: _is_healthy(port), seconds=START_SECONDS, every_seconds=0.1):
            raise SystemExit(f"The app did not start: see {log}")
        yield App(port, process.pid)
    finally:
        processes.end(process, signal.SIGTERM, seconds=STOP_SECONDS)


def _is_healthy(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException), closing(_connection(port)) as connection:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    return False


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
