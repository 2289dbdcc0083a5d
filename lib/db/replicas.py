"""Tells whether other processes use the same database.

The answer is cached and has two inputs: the sessions of the app's role in Postgres, and the process ids of the sessions
that this process opened (`Database.sessions`). Any session that is in the first but not in the second belongs to
somebody else. The cache needs no lock: two threads that refresh it together only ask twice.
"""

import time

from lib.db.database import Database
from lib.errors import DatabaseUnavailable

CACHE_SECONDS = 2.0


class Replicas:
    """Other processes of the app. It may report one that is none: any other session of the app's role counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at = float("-inf")
        self._exist = False

    def exist(self) -> bool:
        """Ask the database, at most every two seconds. While it is down, return the last result."""
        if time.monotonic() - self._asked_at > CACHE_SECONDS:
            self._asked_at = time.monotonic()
            try:
                own = sorted(self._database.sessions)
                self._exist = bool(self._database.rows("find_other_session", own=own))
            except DatabaseUnavailable:
                pass
        return self._exist
