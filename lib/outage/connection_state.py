"""Whether the database can be used, as far as this process knows: one state, and the mode that users see.

`unbound` never changes. A bound database is `up` until a call cannot get a connection or finds the schema unusable.
Then it is `waking` while the retry budget of `lib.db.retry` lasts, and `down` after that. Only the probe leads back to
`up`, once it has written everything that can be written. The mode stays "saved" while the database is `waking`, since a
suspended Lakebase wakes within the budget.

Lock order: the state's `lock`, then the lock of the chats in memory, then the outbox's, then the one of the dead
letters. Hold the state's `lock` while you look at the state and keep a write for later. The probe holds it while it
looks for a last time whether anything waits and then ends, so no write can be kept unnoticed in between. Listeners are
called under `lock` and must not block.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import Final, Literal

from lib.db.diagnosis import Diagnosis
from lib.telemetry.instruments import MODE_CHANGES
from lib.telemetry.recording import record

log = logging.getLogger("lakechat.db")
State = Literal["unbound", "up", "waking", "down"]
Mode = Literal["saved", "ephemeral", "reconnecting"]
MODES: Final[dict[State, Mode]] = {"unbound": "ephemeral", "up": "saved", "waking": "saved", "down": "reconnecting"}


class IllegalTransition(Exception):
    """A mistake in this program, never in the database."""


class ConnectionState:
    """Each transition is a method, which raises IllegalTransition where it is not allowed."""

    def __init__(self, *, is_bound: bool) -> None:
        self.lock = RLock()
        self.state: State = "up" if is_bound else "unbound"
        self.since = datetime.now(UTC)
        """When the mode last changed."""
        self.version = 0
        """A different number after everything that changes what a page shows of an outage."""
        self.last_diagnosis: Diagnosis | None = None
        self.last_diagnosis_at: datetime | None = None
        self._when_recovered: list[Callable[[], object]] = []

    def subscribe(self, when_recovered: Callable[[], object]) -> None:
        """Call it each time that a lost database is back."""
        self._when_recovered.append(when_recovered)

    @property
    def mode(self) -> Mode:
        return MODES[self.state]

    @property
    def is_lost(self) -> bool:
        return self.state in ("waking", "down")

    @property
    def is_waking(self) -> bool:
        return self.state == "waking"

    @property
    def diagnosis(self) -> Diagnosis | None:
        return self.last_diagnosis if self.is_lost else None

    @property
    def reason(self) -> str | None:
        """Why chats are not saved; None while they are."""
        if self.state == "unbound":
            return "No database is bound to the app."
        # Read once: another thread may end the outage at any time.
        diagnosis = self.diagnosis
        return diagnosis.reason if diagnosis else None

    def lost(self, diagnosis: Diagnosis) -> None:
        """A call or an attempt to bring the database back has failed."""
        with self.lock:
            if self.state == "up":
                log.warning("The database is lost: %s", diagnosis.reason)
            self._move({"up": "waking", "waking": "waking", "down": "down"})
            self._note(diagnosis)

    def gave_up(self, diagnosis: Diagnosis) -> None:
        """The retry budget is spent."""
        with self.lock:
            self._move({"waking": "down", "down": "down"})
            self._note(diagnosis)

    def recovered(self) -> None:
        """The database answers, and nothing that could be written waits any more."""
        with self.lock:
            was_lost = self.is_lost
            self._move({"up": "up", "waking": "up", "down": "up"})
            if was_lost:
                log.info("The database is back.")
                for listener in self._when_recovered:
                    listener()

    def busy(self, diagnosis: Diagnosis) -> None:
        """A call has failed for a reason that passes and says nothing about other calls: the state stays."""
        with self.lock:
            self._note(diagnosis)

    def changed(self) -> None:
        """Something that pages show of an outage is different now."""
        with self.lock:
            self.version += 1

    def _move(self, allowed: dict[State, State]) -> None:
        if self.state not in allowed:
            raise IllegalTransition(self.state)
        before, self.state = self.state, allowed[self.state]
        if self.state != before:
            self.changed()
        if MODES[self.state] != MODES[before]:
            self.since = datetime.now(UTC)
            record(MODE_CHANGES, mode=self.mode)

    def _note(self, diagnosis: Diagnosis) -> None:
        self.last_diagnosis_at = datetime.now(UTC)
        if diagnosis != self.last_diagnosis:
            self.last_diagnosis = diagnosis
            self.changed()
