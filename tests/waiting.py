"""Waiting for what a test needs: as long as it takes on a loaded machine, and no longer than it takes on this one."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
"""No test is about this time: it ends a test whose condition will never come true."""


def until(condition: Callable[[], object], within_seconds: float = PATIENCE_SECONDS) -> None:
    """Raises AssertionError when the condition has not come true in time."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, f"it has not come true within {within_seconds:.0f} s"
        time.sleep(0.01)
