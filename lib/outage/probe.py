"""Brings a lost database back: tries whether it answers, writes what waits for it, and only then calls it recovered.

The thread lives only while the database is lost or something waits, so an idle app sends nothing and Lakebase can
suspend. While the database is lost it makes the attempts of the retry budget, and then attempts with growing pauses
without end. While the database is up and something waits it makes one attempt a second. `hurry` cuts a pause short for
somebody who needs the database now, but attempts stay a second apart. The thread decides under the state's lock that it
may end, and `start` takes the same lock after the state has changed or a write was kept: no work is left without it.
"""

import logging
import time
from collections.abc import Callable
from itertools import count
from threading import Event, Thread
from uuid import UUID

from lib.db.diagnosis import diagnose
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY, RetryPolicy, backoff_seconds, with_cold_start_retry
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.connection_state import ConnectionState
from lib.outage.outbox import Outbox
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
LONGEST_UNSAVED_SECONDS = 5.0
"""The longest pause while something waits: it should be saved soon, even when nobody is there to `hurry`."""
LAST_WAIT_SECONDS = 4.0
"""For an attempt under way when the process ends; a silent network must not cost the little time there is."""


class _NoMoreAttempts(Exception):
    """The database is back, or the process ends."""


class Probe:
    def __init__(
        self,
        state: ConnectionState,
        outbox: Outbox,
        ensure_ready: Callable[[], None],
        store_of: Callable[[User], Store],
        policy: RetryPolicy = LAKEBASE_COLD_START_RETRY_POLICY,
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._ensure_ready = ensure_ready
        self._store_of = store_of
        self._policy = policy
        self._thread: Thread | None = None
        self._closed = Event()
        self._hurry = Event()

    def start(self) -> None:
        """Have it tried until nothing is lost and nothing waits."""
        with self._state.lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = Thread(target=self._run, name="probe", daemon=True)
                self._thread.start()

    def hurry(self) -> None:
        """Somebody needs the database: do not sit out a long pause."""
        self._hurry.set()

    def close(self) -> None:
        """Try a last time to write what waits, then end."""
        self._closed.set()
        self._hurry.set()
        # Whoever starts it holds the lock until it runs: a thread that does not run yet cannot be waited for.
        with self._state.lock:
            thread = self._thread
        if thread is not None:
            thread.join(LAST_WAIT_SECONDS)
        if len(self._outbox):
            self._outbox.make_due()
            try:
                self._reconnect()
            except Exception as error:
                log.error("%d writes wait for the next process: %s", len(self._outbox), diagnose(error).sentence)

    def _run(self) -> None:
        while self._is_needed():
            try:
                self._work()
            except _NoMoreAttempts:
                pass
            except DatabaseUnavailable as error:
                self._state.lost(diagnose(error))
            except Exception as error:  # while anything waits, the thread must live
                log.error("What waits could not be written: %s", type(error).__name__)

    def _is_needed(self) -> bool:
        with self._state.lock:
            if not self._closed.is_set() and (self._state.is_lost or len(self._outbox)):
                return True
            self._thread = None
            return False

    def _work(self) -> None:
        if self._state.is_lost:
            self._wake()
        else:
            self._sleep(SHORTEST_PAUSE_SECONDS)
            self._deliver_pending()

    def _wake(self) -> None:
        """Ends when the database is back. Raises _NoMoreAttempts."""
        try:
            with_cold_start_retry(self._reconnect, self._policy, self._pause)
            return
        except _NoMoreAttempts:
            raise
        except Exception as error:
            self._state.gave_up(diagnose(error))
        for attempt in count(1):
            longest = LONGEST_UNSAVED_SECONDS if len(self._outbox) else LONGEST_PAUSE_SECONDS
            self._pause(backoff_seconds(attempt, longest))
            self._attempt()

    def _pause(self, seconds: float) -> None:
        """Between two attempts. Each `hurry` makes another one, at most once a second. Raises _NoMoreAttempts."""
        until = time.monotonic() + seconds
        self._hurry.clear()
        while (left_seconds := until - time.monotonic()) > 0:
            self._sleep(min(SHORTEST_PAUSE_SECONDS, left_seconds))
            if self._hurry.wait(max(0.0, until - time.monotonic())):
                self._hurry.clear()
                self._attempt()

    def _attempt(self) -> None:
        """An attempt beyond the retry budget: it brings the database back, or changes no mode."""
        try:
            self._reconnect()
        except Exception as error:
            self._state.lost(diagnose(error))
        else:
            raise _NoMoreAttempts

    def _sleep(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise _NoMoreAttempts

    def _reconnect(self) -> None:
        self._ensure_ready()
        self._deliver_pending()

    def _deliver_pending(self) -> None:
        """In order. A chat in which something stands in the way keeps only itself waiting."""
        stuck: set[UUID] = set()
        while True:
            with self._state.lock:
                write = self._outbox.next(except_of=stuck)
                if write is None:
                    self._state.recovered()
                    return
            if self._outbox.deliver(write, self._store_of(write.user)):
                self._state.changed()
            else:
                stuck.add(write.chat_id)
