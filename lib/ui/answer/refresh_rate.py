"""How often a growing answer is sent to a browser: less often with more watchers and with longer updates."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st

# One core can send so many updates a second. To receive an answer of 50 tokens a second costs as much as six of them.
# Nobody sees a difference above 20 updates a second.
UPDATES_A_SECOND = 800
UPDATES_AN_ANSWER_COSTS = 6
FASTEST_HZ, SLOWEST_HZ = 20, 4
CHARS_A_SECOND = 4_000
"""Every update sends the whole open block again, so a long block is sent less often."""
MOST_CHARS_A_SECOND = 100_000
"""A limit for very long blocks of code and tables, whose conversion alone would take most of a core."""


class Watchers:
    """Counts the answers that are watched in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.count = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        with self._lock:
            self.count += 1
        try:
            yield
        finally:
            with self._lock:
                self.count -= 1


@st.cache_resource(show_spinner=False)
def watchers() -> Watchers:
    return Watchers()


def interval_seconds(watching: int, open_chars: int) -> float:
    """Between two updates of one answer."""
    left = UPDATES_A_SECOND / max(1, watching) - UPDATES_AN_ANSWER_COSTS
    hz = min(FASTEST_HZ, max(SLOWEST_HZ, left))
    seconds = min(1 / SLOWEST_HZ, max(1 / hz, open_chars / CHARS_A_SECOND))
    return max(seconds, open_chars / MOST_CHARS_A_SECOND)
