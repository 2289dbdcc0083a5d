"""How many imports run at once: one for each user and MAX_AT_ONCE in a process, because an import writes much."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from lib.errors import TooMany

MAX_AT_ONCE = 2
RETRY_SECONDS = 10
ONE_AT_A_TIME = "Your chats are being imported already. Wait until that is done."
BUSY = "Others are importing their chats right now. Try again in a moment."


class Imports:
    """Of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._users: set[str] = set()

    @contextmanager
    def place(self, user_id: str) -> Iterator[None]:
        """Raises TooMany."""
        with self._lock:
            if user_id in self._users:
                raise TooMany(ONE_AT_A_TIME, RETRY_SECONDS)
            if len(self._users) >= MAX_AT_ONCE:
                raise TooMany(BUSY, RETRY_SECONDS)
            self._users.add(user_id)
        try:
            yield
        finally:
            with self._lock:
                self._users.discard(user_id)

    def is_running(self, user_id: str) -> bool:
        with self._lock:
            return user_id in self._users
