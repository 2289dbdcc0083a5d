"""How long a thread waits for Postgres.

The server's own limits (`statement_timeout`) do not help when the network delivers nothing, and psycopg2 would wait for
ever. So psycopg2 waits in `_wait`, for the whole process, which gives up at the deadline of the calling thread. The
deadline is a context variable: it is set around one call, needs no lock, and the threads do not see one another's.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg2
from psycopg2 import extensions

CONNECT_SECONDS = 3.0
"""Lakebase wakes in well under a second. The attempt itself wakes it, even if nobody waits for the end."""
ANSWER_SECONDS = 6.0
"""A little more than statement_timeout, so that a server that still answers reports the timeout itself."""

_CONNECTED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Whatever this thread asks of Postgres inside the block ends by then, or its connection breaks."""
    before = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(before)


def seconds_left(most: float) -> float:
    """What is left until this thread's deadline, but at most `most`."""
    ends_at = _deadline.get()
    return most if ends_at is None else min(most, max(0.0, ends_at - time.monotonic()))


def enforce_deadlines() -> None:
    """Make psycopg2 wait in `_wait`, in the whole process. Without a deadline it waits for ever, as before."""
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
