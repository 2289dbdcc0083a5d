"""How often a growing answer is sent to a browser: less often the more people watch and the more is sent each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st

# What one core can do in a second, counted in updates. An answer that comes at 50 tokens a second costs as much as six
# of them before anything of it is sent. Above 20 a second nobody sees a difference.
UPDATES_A_SECOND = 800
UPDATES_AN_ANSWER_COSTS = 6
FASTEST_HZ, SLOWEST_HZ = 20, 4
CHARS_A_SECOND = 4_000
"""Every update carries the whole open block again, so a long one is sent less often."""
MOST_CHARS_A_SECOND = 100_000
"""Where code or a table goes on for so long, most of a core would do nothing but make it ready to be drawn again."""


class Watchers:
    """Counts the answers that are being watched in this process."""

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
    left = UPDATES_A_SECOND / max(1, watching) - UPDATES_AN_ANSWER_COSTS
    hz = min(FASTEST_HZ, max(SLOWEST_HZ, left))
    seconds = min(1 / SLOWEST_HZ, max(1 / hz, open_chars / CHARS_A_SECOND))
    return max(seconds, open_chars / MOST_CHARS_A_SECOND)
