"""Limits how long a thread waits for Postgres.

The server's own limits (`statement_timeout`) do not help when packets are lost: psycopg2 would wait for ever. So
`enforce_deadlines` makes psycopg2 wait in `_wait`, in the whole process, and `_wait` gives up at the calling thread's
deadline. The deadline is a context variable: `deadline` sets it around one call, each thread has its own, and no lock
is needed.
"""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg2
from psycopg2 import extensions

CONNECT_SECONDS = 3.0
"""Lakebase wakes in well under a second. The attempt to connect wakes it, even if the client gives up."""
ANSWER_SECONDS = 6.0
"""A little more than statement_timeout, so that a server that is reachable reports the timeout itself."""

_CONNECTED = (extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End every call to Postgres that this thread makes in the block by then; a call that is cut off breaks its
    connection."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(most: float) -> float:
    """The seconds until this thread's deadline, but at most `most`."""
    ends_at = _deadline.get()
    return most if ends_at is None else min(most, max(0.0, ends_at - time.monotonic()))


def enforce_deadlines() -> None:
    """Make psycopg2 wait in `_wait`, in the whole process. A thread without a deadline waits for ever, as before."""
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
