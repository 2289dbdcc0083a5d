"""Waiting for a condition: long enough for a loaded machine, and no longer than necessary."""

import time
from collections.abc import Callable

MAX_WAIT_SECONDS = 60.0
"""Only ends a test whose condition never becomes true; no test depends on its value."""


def until(condition: Callable[[], object], within_seconds: float = MAX_WAIT_SECONDS) -> None:
    """Raises AssertionError when the condition does not become true in time."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not become true within {within_seconds:.0f} s"
        time.sleep(0.01)
