"""Whether Lakebase is there, as far as this process knows: the mode that its users see."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import Literal

from lib.db.diagnosis import Diagnosis

log = logging.getLogger("lakechat.db")
Mode = Literal["saved", "ephemeral", "reconnecting"]


class ConnectionState:
    """Lost with a connection that cannot be had, or a schema that cannot be used; found again by a probe.

    Reconnecting only after the retry budget.

    Hold its `lock` where what you do must fit to what it says.
    """

    def __init__(self, *, is_bound: bool) -> None:
        self.lock = RLock()
        self.mode: Mode = "saved" if is_bound else "ephemeral"
        self.since = datetime.now(UTC)
        self.version = 0
        """Another number after everything that a page shows of this."""
        self.is_lost = False
        self.last_trouble: Diagnosis | None = None
        self.last_trouble_at: datetime | None = None
        self.when_lost: Callable[[], None] = _nothing
        self.when_needed: Callable[[], None] = _nothing
        """Called while it is lost and somebody wants something of it."""
        self.when_found: Callable[[], object] = _nothing

    @property
    def is_waking(self) -> bool:
        """Lost a moment ago: it is being tried whether the database comes back."""
        return self.is_lost and self.mode == "saved"

    @property
    def trouble(self) -> Diagnosis | None:
        return self.last_trouble if self.is_lost else None

    @property
    def reason(self) -> str | None:
        """Why it is not there; None while it is."""
        if self.mode == "ephemeral":
            return "No database is bound to the app."
        return self.trouble.reason if self.trouble else None

    def lost(self, trouble: Diagnosis) -> None:
        """A call has failed for want of a connection."""
        with self.lock:
            if not self.is_lost:
                log.warning("The database is lost: %s", trouble.reason)
                self.is_lost = True
                self.changed()
            self._note(trouble)
            self.when_lost()

    def hindered(self, trouble: Diagnosis) -> None:
        """A call has failed for a reason that passes and says nothing about others."""
        with self.lock:
            self._note(trouble)

    def gave_up(self, trouble: Diagnosis) -> None:
        """A probe has failed beyond the retry budget."""
        with self.lock:
            self._set("reconnecting")
            self._note(trouble)

    def found(self) -> None:
        with self.lock:
            if self.is_lost:
                log.info("The database is back.")
                self.is_lost = False
                self._set("saved")
                self.changed()
                self.when_found()

    def changed(self) -> None:
        with self.lock:
            self.version += 1

    def _set(self, mode: Mode) -> None:
        if self.mode != mode:
            self.mode, self.since = mode, datetime.now(UTC)
            self.changed()

    def _note(self, trouble: Diagnosis) -> None:
        self.last_trouble_at = datetime.now(UTC)
        if trouble != self.last_trouble:
            self.last_trouble = trouble
            self.changed()


def _nothing() -> None:
    pass
