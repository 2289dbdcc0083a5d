"""Whether the database can be used: it answers, its schema is up to date, and the app's role may work in it."""

import logging
from threading import Lock

from sqlalchemy import Engine, text

from lib.db.database import Database
from lib.db.failures import NO_PRIVILEGE, StatementFailed
from lib.db.grants import why_closed, why_refused
from lib.db.migrate import MIGRATE_SECONDS, is_behind, migrate, version
from lib.db.patience import ANSWER_SECONDS
from lib.db.trouble import NotReady, trouble_of

log = logging.getLogger("lakechat.db")


class Schema:
    """Migrates once in a process; after that it only asks whether the database is there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._version: int | None = None

    @property
    def is_ready(self) -> bool:
        return self._version is not None

    def make_ready(self) -> None:
        """Raises DatabaseUnavailable, of which NotReady tells what to do about it."""
        with self._lock:
            if self.is_ready:
                self._database.run(_ping)
                return
            try:
                # A network that says nothing should not be waited for as long as a migration.
                seconds = MIGRATE_SECONDS if self._database.run(is_behind) else ANSWER_SECONDS
                self._database.run(migrate, seconds=seconds)
            except StatementFailed as error:
                raise NotReady(
                    self._database.run(why_refused) if error.code == NO_PRIVILEGE else trouble_of(error)
                ) from error
            if trouble := self._database.run(why_closed):
                raise NotReady(trouble)
            self._version = self._database.run(version)

    def version(self) -> int | None:
        """The number of the last migration, another process's included; None before this one has seen any."""
        if self.is_ready:
            self._version = self._database.run(version)
        return self._version

    @property
    def known_version(self) -> int | None:
        """The same as it was last seen, without asking."""
        return self._version


def _ping(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
