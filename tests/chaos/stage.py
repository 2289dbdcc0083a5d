"""Two processes of the app over a Postgres of their own, all of which may be killed and started again."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from local import environment, lakebase
from local.app import AppProcess
from local.postgres import Cluster
from local.postgres.temporary import TEMPORARY, fastest_directory
from tests.chaos.agent import Agent

ROLE, DATABASE = "chaos", "chaos"
FOREIGN = ("PG", "LAKEBASE_", "DATA", "AGENT_", "SERVING_", "TITLE_", "MLFLOW_")


@dataclass(frozen=True)
class Stage:
    agent: Agent
    cluster: Cluster
    apps: list[AppProcess]
    database_url: str

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database from outside, as its superuser. Raises psycopg2.OperationalError while it is away."""
        with closing(psycopg2.connect(self.cluster.admin_dsn(DATABASE))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall()) if cursor.description else []

    def forget_heartbeats(self) -> None:
        """Make the processes of all running turns look as if they had sent no heartbeat for a minute."""
        self.rows("UPDATE chat.turns SET heartbeat_at = now() - interval '1 minute' WHERE status = 'running'")

    @property
    def said(self) -> str:
        return "\n".join(app.said for app in self.apps)


@contextmanager
def stage(*, words_per_second: float, processes: int = 2) -> Iterator[Stage]:
    """Enter it on a thread that lives as long as it is used, and start processes again only on such a thread.

    Unlike other tests' servers this one is durable: what was committed must outlive `kill -9`.
    """
    data = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=fastest_directory()))
    logs = Path(tempfile.mkdtemp(prefix="chaos-logs-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        stack.callback(shutil.rmtree, logs, ignore_errors=True)
        agent = stack.enter_context(Agent(words_per_second))
        cluster = stack.enter_context(Cluster(data))
        url = lakebase.database_url(cluster, role=ROLE, database=DATABASE)
        # What a killed process could not save is in its temporary folder.
        given = {"DATABASE_URL": url, "AGENT_URL": agent.url, "TMPDIR": str(logs)}
        environ = environment.of_app(environment.without(os.environ, *FOREIGN), port=0, ephemeral=False) | given
        apps = [AppProcess(environ, log=logs / f"{number}.log") for number in range(processes)]
        yield Stage(agent, cluster, [stack.enter_context(app) for app in apps], url)
