"""Limit the requests of each user with a leaky bucket: every request fills it by one, and it drains steadily."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from lib.errors import TooMany

MAX_USERS = 10_000


class RateLimit:
    """Counts in this process only, on one thread. At MAX_USERS it forgets whoever has been silent the longest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def count(self, user_id: str, a_minute: int) -> None:
        """Raises TooMany beyond `a_minute` requests at once or in a minute. A refused one does not count."""
        now = self._clock()
        used, seen_at = self._buckets.pop(user_id, (0.0, now))
        used = max(0.0, used - (now - seen_at) * a_minute / 60)
        too_much = used + 1 - a_minute
        self._buckets[user_id] = (used + (too_much <= 0), now)
        if len(self._buckets) > MAX_USERS:
            self._buckets.popitem(last=False)
        if too_much > 0:
            wait_seconds = math.ceil(too_much * 60 / a_minute)
            raise TooMany(
                f"You may send {a_minute:,} requests a minute. Try again in {_seconds(wait_seconds)}.", wait_seconds
            )


def _seconds(number: int) -> str:
    return "1 second" if number == 1 else f"{number} seconds"
