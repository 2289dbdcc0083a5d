"""The set-up of a measurement: a Postgres, the agents and the real app, each in its own process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psycopg2

from bench import agents
from lib.database_settings import DatabaseUrl
from lib.db.database import Database, connect
from lib.db.migrate import migrate
from lib.identity import User
from lib.workspace import Workspace
from local import environment, lakebase
from local.app import PROJECT, AppProcess
from local.environment import Principal
from local.postgres import Cluster
from local.postgres.temporary import temporary_cluster

LOG = PROJECT / ".local" / "bench.log"
ROLE, DATABASE = "bench", "bench"
ANN = User("ann@example.com", "ann@example.com", "Ann", authenticated=True)
IDENTITY = {"X-Forwarded-Email": "ann@example.com", "X-Forwarded-Preferred-Username": "Ann"}

# All requests come from one user, who would soon reach the limits.
NO_LIMITS = {"REQUESTS_PER_MINUTE": "1000000", "RUNNING_ANSWERS_PER_USER": "1000", "MAX_ANSWER_BYTES": "100000000"}


class Stage:
    """Each part starts when it is first used; all end together."""

    def __init__(self, *, is_quick: bool, keep: Path | None = None) -> None:
        """`keep` is a directory for the data of Postgres, which a later run finds there."""
        self.is_quick = is_quick
        self._keep = keep
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._cluster = self._stack.enter_context(Cluster(self._keep) if self._keep else temporary_cluster())
        LOG.parent.mkdir(exist_ok=True)
        LOG.unlink(missing_ok=True)
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
    def flood_url(self) -> str:
        return self._stack.enter_context(agents.flood())

    @cached_property
    def database_url(self) -> str:
        """A database with the schema, used by this process and by `app`."""
        url = lakebase.database_url(self._cluster, role=ROLE, database=DATABASE)
        with closing_database(url) as database:
            database.run(migrate)
        return url

    @cached_property
    def app(self) -> AppProcess:
        """Asks the paced agent and keeps its chats in `database_url`."""
        return self._start({"DATABASE_URL": self.database_url, "AGENT_URL": self.paced_url})

    @cached_property
    def app_of_flood(self) -> AppProcess:
        """Asks the flood agent and keeps its chats in `database_url`."""
        return self._start({"DATABASE_URL": self.database_url, "AGENT_URL": self.flood_url})

    @cached_property
    def app_of_platform(self) -> AppProcess:
        """The app as Databricks Apps starts it: with a serving endpoint, and a Lakebase whose credentials it mints."""
        lakebase.bind(self._cluster, role=self.principal.client_id, database=environment.DATABASE)
        given = environment.of_workspace({}, url=self.workspace_url, principal=self.principal)
        return self._start(given | environment.of_lakebase(self._cluster, self.principal))

    @cached_property
    def bare_page(self) -> AppProcess:
        """Streamlit alone, with the settings of the app."""
        return self._start({"PYTHONPATH": str(PROJECT)}, script="bench/bare_page.py")

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A superuser's cursor in the database of `app`."""
        with closing(psycopg2.connect(self._cluster.admin_dsn(DATABASE))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def database_cpu_seconds(self) -> float:
        """CPU time of Postgres' processes, those that have ended too, in steps of 10 ms. Linux only."""
        return sum(_cpu_seconds_of_children(Path("/proc"), self._cluster.pid or 0))

    def restart_database(self) -> None:
        """Stop Postgres, take its files from the system's cache if they are on a disk, and start it again."""
        self._cluster.stop()
        for file in self._cluster.data.rglob("*"):
            if file.is_file():
                with file.open("rb") as opened:
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._cluster.start()

    def _start(self, given: Mapping[str, str], script: str = "app.py") -> AppProcess:
        mine = environment.without(os.environ, "PG", "LAKEBASE_", "DATA", "AGENT_", "SERVING_", "TITLE_")
        environ = environment.of_app(mine, port=0, ephemeral=False) | NO_LIMITS | dict(given)
        return self._stack.enter_context(AppProcess(environ, log=LOG, script=script))


def _cpu_seconds_of_children(proc: Path, parent: int) -> Iterator[float]:
    """Of the parent with its ended children, and of each child that runs."""
    ticks = os.sysconf("SC_CLK_TCK")
    for stat in proc.glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                yield sum(map(int, fields[11:13])) / ticks
            elif stat.parent.name == str(parent):
                yield sum(map(int, fields[11:15])) / ticks


@contextmanager
def closing_database(url: str) -> Iterator[Database]:
    """The app's own access to a database."""
    database = connect(DatabaseUrl(url), Workspace())
    try:
        yield database
    finally:
        database.dispose()
