"""Whether other processes use the same database."""

import time

from lib.db.database import Database
from lib.errors import DatabaseUnavailable

ASK_AGAIN_SECONDS = 2.0


class Replicas:
    """Other processes of the app. Any other session of the app's role counts as one, so it may report one too many."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at = float("-inf")
        self._exist = False

    def exist(self) -> bool:
        """At most two seconds old. Asks the database; while that is down, returns the last answer."""
        if time.monotonic() - self._asked_at > ASK_AGAIN_SECONDS:
            self._asked_at = time.monotonic()
            try:
                own = sorted(self._database.sessions)
                self._exist = bool(self._database.rows("find_other_session", own=own))
            except DatabaseUnavailable:
                pass
        return self._exist
