"""Whether the database can be used: it answers, takes changes, has the whole schema, and lets the app's role work."""

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
    """Is looked at as a whole once, and again when there is reason to doubt it; else only for what is quickly seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._is_ready = False
        self._version: int | None = None

    @property
    def is_ready(self) -> bool:
        return self._is_ready

    def invalidate(self) -> None:
        """Something was missing: have it looked at as a whole the next time."""
        self._is_ready = False

    def ensure_ready(self) -> None:
        """Raises DatabaseUnavailable, of which NotReady tells what to do about it."""
        with self._lock:
            if self._database.run(_is_read_only):
                # These sessions outlived a failover, or the next ones are read-only too: that shows when they log in.
                self._database.reconnect()
                raise DatabaseUnavailable(failure=READ_ONLY)
            if not self._still_ready():
                self.invalidate()
                self._bring_up_to_date()
                self._version = self._database.run(version)
                self._is_ready = True

    def version(self) -> int | None:
        """The number of the last migration, another process's included; None before this one has seen any."""
        if self._is_ready:
            self._version = self._database.run(version)
        return self._version

    @property
    def known_version(self) -> int | None:
        """The same as it was last seen, without asking."""
        return self._version

    def _still_ready(self) -> bool:
        """Quickly: a branch that was reset has an older list of migrations, or none."""
        try:
            return self._is_ready and not self._database.run(is_behind)
        except NotReady:
            return False

    def _bring_up_to_date(self) -> None:
        try:
            # A network that says nothing should not be waited for as long as a migration.
            seconds = MIGRATE_SECONDS if self._database.run(is_behind) else ANSWER_SECONDS
            self._database.run(migrate, seconds=seconds)
        except (StatementFailed, NotReady) as error:
            raise NotReady(self._why_not(error)) from error
        for look in (diagnose_access, diagnose_queries):
            if diagnosis := self._database.run(look):
                raise NotReady(diagnosis)

    def _why_not(self, error: Exception) -> Diagnosis:
        return self._database.run(diagnose_migration) if failure_code(error) == NO_PRIVILEGE else diagnose(error)


def _is_read_only(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT current_setting('transaction_read_only') = 'on'")))
