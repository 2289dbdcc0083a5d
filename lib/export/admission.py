"""How many exports of all chats run at once, and how far each has come.

One for each user and MAX_AT_ONCE in a process: an export reads much, and one user must not occupy the process. A place
is given up when the export ends, however it ends. A client that has stopped reading without hanging up keeps its place
for STALLED_SECONDS; then the place goes to the next who asks, and the old export ends when it is read again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from lib.errors import TooMany

MAX_AT_ONCE = 4
STALLED_SECONDS = 60.0
RETRY_SECONDS = 10
ONE_AT_A_TIME = "Your chats are being exported already. Wait until that is done."
BUSY = "Others are exporting their chats right now. Try again in a moment."
TAKEN_OVER = "This export was given up, because nobody was reading it."


@dataclass
class Place:
    """Of one running export."""

    user_id: str
    clock: Callable[[], float]
    chats_done: int = 0
    chats_total: int | None = None
    """None where that is not known."""
    is_over: bool = False
    read_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.read_at = self.clock()

    def was_read(self) -> None:
        """To be called for each piece that is sent. Raises TooMany if the place was given to somebody else."""
        if self.is_over:
            raise TooMany(TAKEN_OVER)
        self.read_at = self.clock()

    def will_have(self, chats: int) -> None:
        self.chats_total = chats

    def chat_is_done(self) -> None:
        self.chats_done += 1


class Exports:
    """Of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._places: list[Place] = []

    def begin(self, user_id: str) -> Place:
        """Raises TooMany."""
        with self._lock:
            for place in [each for each in self._places if self._clock() - each.read_at > STALLED_SECONDS]:
                self._end(place)
            if any(place.user_id == user_id for place in self._places):
                raise TooMany(ONE_AT_A_TIME, RETRY_SECONDS)
            if len(self._places) >= MAX_AT_ONCE:
                raise TooMany(BUSY, RETRY_SECONDS)
            self._places.append(place := Place(user_id, self._clock))
            return place

    def end(self, place: Place) -> None:
        with self._lock:
            self._end(place)

    def running(self, user_id: str) -> Place | None:
        """The user's own."""
        with self._lock:
            return next((place for place in self._places if place.user_id == user_id), None)

    def _end(self, place: Place) -> None:
        place.is_over = True
        if place in self._places:
            self._places.remove(place)
