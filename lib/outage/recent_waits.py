"""Which users have just waited in vain for a database that is busy.

To draw a page takes several reads. If a lock holds up one of them it mostly holds up the others, and each would wait
until its own time-out. So the first one waits for all: for a few seconds, that user's reads are answered as if they had
failed, too. Other users' reads are not, and writes of what a person said or chose always ask.
"""

from threading import Lock
from time import monotonic

LONG_SECONDS = 1.0
"""A failure that takes as long was spent waiting. What the statement or its values are to blame for fails at once."""
SPARED_SECONDS = 3.0
"""Long enough for what follows a click: a callback, its page, and a change of the page."""


class RecentWaits:
    def __init__(self) -> None:
        self._ends: dict[str, float] = {}
        self._lock = Lock()

    def add(self, user_id: str) -> None:
        now = monotonic()
        with self._lock:
            self._ends = {user: end for user, end in self._ends.items() if end > now}
            self._ends[user_id] = now + SPARED_SECONDS

    def has(self, user_id: str) -> bool:
        return monotonic() < self._ends.get(user_id, 0.0)
