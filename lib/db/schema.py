"""Whether the database can be used: it answers, accepts writes, and has the schema and the grants that the app needs.

`Schema` is *unchecked* at first. `ensure_ready` applies missing migrations, checks grants and all named queries, and
makes it *ready*; from then on it only compares the list of migrations, which is one quick query. `invalidate`, called
when a statement found something missing, makes it *unchecked* again. A lock serialises `ensure_ready` in this process;
between processes the advisory lock of `lib.db.migrate` does, and that one is always taken second.
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
    """Checked thoroughly once and after `invalidate`, and quickly each time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._is_ready = False
        self._version: int | None = None

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    def invalidate(self) -> None:
        """Something was missing: check everything the next time."""
        self._is_ready = False

    def ensure_ready(self) -> None:
        """Raises DatabaseUnavailable; its subclass NotReady says what to do about it."""
        with self._lock:
            if self._database.run(_is_read_only):
                # These sessions may belong to the old primary. If new ones are read-only too, the next call shows it.
                self._database.reconnect()
                raise DatabaseUnavailable(failure=READ_ONLY)
            if not self._still_ready():
                self.invalidate()
                self._bring_up_to_date()
                self._version = self._database.run(version)
                self._is_ready = True

    def version(self) -> int | None:
        """The last migration, by whichever process; None before this one has been ready."""
        if self._is_ready:
            self._version = self._database.run(version)
        return self._version

    @property
    def known_version(self) -> int | None:
        """The version as last seen, without asking the database."""
        return self._version

    def _still_ready(self) -> bool:
        """A quick check: a Lakebase branch that was reset has fewer migrations, or none."""
        try:
            return self._is_ready and not self._database.run(is_behind)
        except NotReady:
            return False

    def _bring_up_to_date(self) -> None:
        try:
            # Only a migration may take long: a silent network must not be waited for as long.
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
