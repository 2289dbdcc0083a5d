"""Brings a lost database back: tries whether it answers, writes what waited for it, and only then calls it found."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from uuid import UUID

from lib.db.diagnosis import diagnose
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY, RetryPolicy, with_cold_start_retry
from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.outage.connection_state import ConnectionState
from lib.outage.outbox import Outbox
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
LONGEST_UNSAVED_SECONDS = 5.0
"""The same while something waits: nobody may be there to need the database, and it should not wait long."""
LAST_WAIT_SECONDS = 4.0
"""For an attempt under way when the process ends; a silent network must not cost the little time there is."""


class _Closed(Exception):
    """The process ends."""


class Probe:
    """Has a thread only while the database is lost or something waits: an idle app sends nothing."""

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
        state.when_lost = self._begin
        # Whoever needs the database should not sit out a long pause.
        state.when_needed = self._hurry.set

    def close(self) -> None:
        """Try a last time to write what waits, then end."""
        self._closed.set()
        self._hurry.set()
        if (thread := self._thread) is not None:
            thread.join(LAST_WAIT_SECONDS)
        if len(self._outbox):
            self._outbox.hurry()
            try:
                self._bring_back()
            except Exception as error:
                log.error("%d writes wait for the next process: %s", len(self._outbox), diagnose(error).sentence)

    def _begin(self) -> None:
        """Under the state's lock."""
        if self._thread is None and not self._closed.is_set():
            self._thread = Thread(target=self._run, name="probe", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._is_needed():
            try:
                self._look_after()
            except _Closed:
                return
            except DatabaseUnavailable as error:
                self._state.lost(diagnose(error))
            except Exception as error:  # while anything waits, somebody has to be here
                log.error("What waits could not be written: %s", type(error).__name__)

    def _look_after(self) -> None:
        if self._state.is_lost:
            self._persist()
        else:
            self._sleep(SHORTEST_PAUSE_SECONDS)
            self._write_what_waits()

    def _is_needed(self) -> bool:
        with self._state.lock:
            if self._state.is_lost or len(self._outbox):
                return True
            self._thread = None
            return False

    def _persist(self) -> None:
        try:
            with_cold_start_retry(self._bring_back, self._policy, self._nap)
            return
        except _Closed:
            raise
        except Exception as error:
            self._state.gave_up(diagnose(error))
        pause_seconds = SHORTEST_PAUSE_SECONDS
        while self._state.is_lost:
            self._nap(pause_seconds)
            self._try()
            pause_seconds = min(self._longest_pause_seconds, pause_seconds * 2)

    @property
    def _longest_pause_seconds(self) -> float:
        return LONGEST_UNSAVED_SECONDS if len(self._outbox) else LONGEST_PAUSE_SECONDS

    def _nap(self, seconds: float) -> None:
        """A pause between two attempts; whoever needs the database meanwhile has it tried, once a second at most."""
        until = time.monotonic() + seconds
        self._hurry.clear()
        while self._state.is_lost and (left_seconds := until - time.monotonic()) > 0:
            self._sleep(min(SHORTEST_PAUSE_SECONDS, left_seconds))
            if self._hurry.wait(max(0.0, until - time.monotonic())):
                self._hurry.clear()
                self._try()

    def _try(self) -> None:
        """Once more than the policy asks for; so it changes no mode but for the better."""
        if not self._state.is_lost:
            return
        try:
            self._bring_back()
        except Exception as error:
            self._state.lost(diagnose(error))

    def _sleep(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise _Closed

    def _bring_back(self) -> None:
        self._ensure_ready()
        self._write_what_waits()

    def _write_what_waits(self) -> None:
        """In order; a chat in which something stands in the way keeps only itself waiting."""
        stuck: set[UUID] = set()
        while True:
            with self._state.lock:
                entry = self._outbox.next(except_of=stuck)
                if entry is None:
                    self._state.found()
                    return
            if self._outbox.write(entry, self._store_of(entry.user)):
                self._state.changed()
            else:
                stuck.add(entry.chat_id)
