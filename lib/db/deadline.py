"""How long a thread waits for Postgres: the server's own time limits do not help when nothing comes through."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg2
from psycopg2 import extensions

CONNECT_SECONDS = 3.0
"""Lakebase wakes in well under a second; the attempt itself wakes it, whether or not we wait for its end."""
ANSWER_SECONDS = 6.0
"""A little more than statement_timeout, so that a server that can still speak has the last word."""

_CONNECTED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All that is asked of Postgres in here, by this thread, ends by then; what does not breaks its connection."""
    before = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(before)


def seconds_left(most: float) -> float:
    """Of this thread's patience, and never more than so many."""
    ends_at = _deadline.get()
    return most if ends_at is None else min(most, max(0.0, ends_at - time.monotonic()))


def enforce_deadlines() -> None:
    """Have psycopg2 wait in `_wait`, in the whole process. Whoever sets no patience waits for ever, as before."""
    extensions.set_wait_callback(_wait)


def _wait(connection: extensions.connection) -> None:
    ends_at = _deadline.get()
    if ends_at is not None and connection.status not in _CONNECTED:
        ends_at = min(ends_at, time.monotonic() + CONNECT_SECONDS)
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        if not poller.poll(None if ends_at is None else max(0.0, (ends_at - time.monotonic()) * 1000)):
            raise psycopg2.OperationalError("timeout expired")
