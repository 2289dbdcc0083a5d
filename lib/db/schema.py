"""Makes the database usable: it must answer, accept writes, and have the schema and the grants that the app needs.

`Schema` has two states:

- *unchecked* at first, and after `invalidate`, which is called when a statement failed because something is missing.
  `ensure_ready` then applies the missing migrations, checks the grants and all named queries, and makes it *ready*.
- *ready*: `ensure_ready` only compares the list of migrations, which is one quick query.

A lock lets one thread of this process run `ensure_ready`. Between processes, the advisory lock of `lib.db.migrate` lets
one of them migrate. A thread always takes the advisory lock second.
"""

import logging
from threading import Lock

from sqlalchemy import Engine, text

from lib.db.database import Database
from lib.db.deadline import ANSWER_SECONDS
from lib.db.diagnosis import Diagnosis, NotReady, diagnose
from lib.db.failures import NO_PRIVILEGE, READ_ONLY, StatementFailed, failure_code
from lib.db.grants import diagnose_access, diagnose_migration
from lib.db.migrate import MIGRATE_SECONDS, is_behind, migrate, version
from lib.db.query_check import diagnose_queries
from lib.errors import DatabaseUnavailable

log = logging.getLogger("lakechat.db")


class Schema:
    """The schema `chat` of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._is_ready = False
        self._version: int | None = None

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    def invalidate(self) -> None:
        """Make the next `ensure_ready` check everything."""
        self._is_ready = False

    def ensure_ready(self) -> None:
        """Raises DatabaseUnavailable, or its subclass NotReady, whose diagnosis says what an admin can do."""
        with self._lock:
            if self._database.run(_is_read_only):
                # The pool may be connected to the old primary. The next call sees whether new sessions can write.
                self._database.reconnect()
                raise DatabaseUnavailable(failure=READ_ONLY)
            if not self._still_ready():
                self.invalidate()
                self._bring_up_to_date()
                self._version = self._database.run(version)
                self._is_ready = True

    def version(self) -> int | None:
        """The number of the last migration that any process applied; None until the schema was ready once."""
        if self._is_ready:
            self._version = self._database.run(version)
        return self._version

    @property
    def known_version(self) -> int | None:
        """The version that was read last. Does not ask the database."""
        return self._version

    def _still_ready(self) -> bool:
        """Compare the migrations: a Lakebase branch that was reset has fewer of them, or none."""
        try:
            return self._is_ready and not self._database.run(is_behind)
        except NotReady:
            return False

    def _bring_up_to_date(self) -> None:
        try:
            # The long limit is for migrations only. Without one, a dead network must fail as fast as ever.
            seconds = MIGRATE_SECONDS if self._database.run(is_behind) else ANSWER_SECONDS
            self._database.run(migrate, seconds=seconds)
        except (StatementFailed, NotReady) as error:
            raise NotReady(self._why_not(error)) from error
        for check in (diagnose_access, diagnose_queries):
            if diagnosis := self._database.run(check):
                raise NotReady(diagnosis)

    def _why_not(self, error: Exception) -> Diagnosis:
        return self._database.run(diagnose_migration) if failure_code(error) == NO_PRIVILEGE else diagnose(error)


def _is_read_only(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT current_setting('transaction_read_only') = 'on'")))
