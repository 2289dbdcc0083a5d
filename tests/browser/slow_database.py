"""A database that takes questions only after a while."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from local import environment
from local.postgres.cluster import Cluster
from tests.waiting import until


class SlowDatabase:
    def __init__(self, cluster: Cluster) -> None:
        self._dsn = cluster.admin_dsn(environment.DATABASE)

    @contextmanager
    def slow(self) -> Iterator[None]:
        """No question is taken until the end of the block."""
        with closing(psycopg2.connect(self._dsn)) as admin, admin.cursor() as cursor:
            cursor.execute("LOCK TABLE chat.turns IN SHARE MODE")
            yield
            admin.rollback()

    def expect_question(self) -> None:
        """Wait until the app has sent a question to the database."""
        until(self._is_waited_for)

    def _is_waited_for(self) -> bool:
        with closing(psycopg2.connect(self._dsn)) as admin, admin.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'chat.turns'::regclass")
            return bool(cursor.fetchall() != [(0,)])
