"""How often a growing answer is sent to a browser: less often if there are more watchers or longer updates."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st

UPDATES_PER_SECOND = 800
"""How many updates one core can send."""
UPDATES_PER_RUNNING_ANSWER = 6
"""Receiving an answer of 50 tokens a second costs as much as sending six updates a second."""
MAX_HZ, MIN_HZ = 20, 4
"""Nobody sees a difference above 20 updates a second."""
CHARS_PER_SECOND = 4_000
"""Every update sends the whole open block again, so a long block is sent less often."""
MAX_CHARS_PER_SECOND = 100_000
"""The limit for very long code blocks and tables, whose conversion would otherwise take most of a core."""


class Watchers:
    """Counts the pages of this process that draw a running answer."""

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
    """The time between two updates of one answer."""
    updates_per_answer = UPDATES_PER_SECOND / max(1, watching) - UPDATES_PER_RUNNING_ANSWER
    hz = min(MAX_HZ, max(MIN_HZ, updates_per_answer))
    seconds = min(1 / MIN_HZ, max(1 / hz, open_chars / CHARS_PER_SECOND))
    return max(seconds, open_chars / MAX_CHARS_PER_SECOND)
