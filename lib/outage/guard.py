"""Asks the database only while it can be used, notes when it cannot, and keeps for later what must not be lost."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import UUID

from lib.db.diagnosis import diagnose
from lib.db.failures import Kind, kind_of
from lib.errors import DatabaseUnavailable
from lib.outage.connection_state import ConnectionState
from lib.outage.outbox import Outbox
from lib.outage.pending_write import PendingWrite
from lib.outage.probe import Probe
from lib.outage.recent_waits import LONG_SECONDS, RecentWaits
from lib.store.store import Store

Result = TypeVar("Result")
NOT_NOW = "Lakebase is away. Questions and answers go on; everything else has to wait until it is back."


class DatabaseGuard:
    """With a `user_id`: for that user's store, otherwise for what concerns the process."""

    def __init__(
        self,
        state: ConnectionState,
        outbox: Outbox,
        probe: Probe,
        user_id: str | None = None,
        waits: RecentWaits | None = None,
    ) -> None:
        self.lock = state.lock
        """Held while something is kept for later: see `lib.outage.connection_state`."""
        self._state = state
        self._outbox = outbox
        self._probe = probe
        self._user_id = user_id
        self._waits = waits or RecentWaits()

    def is_away(self, chat_id: UUID | None = None) -> bool:
        """Also for a single chat of the user's while a message of it waits, because the database lacks that message."""
        if self._state.is_lost:
            self._probe.hurry()
        return self._state.is_lost or (chat_id is not None and self._outbox.holds(chat_id, self._user_id))

    @property
    def has_just_waited(self) -> bool:
        """Whether a call of the user's has waited in vain a moment ago."""
        return self._user_id is not None and self._waits.has(self._user_id)

    def failed(self, error: DatabaseUnavailable) -> None:
        """Take note of a failed call. A database that is only busy is not lost."""
        if kind_of(error.failure) is Kind.BUSY:
            self._state.busy(diagnose(error))
        else:
            self._state.lost(diagnose(error))
            self._probe.start()

    def require(self, call: Callable[[], Result], chat_id: UUID | None = None) -> Result:
        """What the database answers. Raises DatabaseUnavailable without asking while it is away."""
        if self.is_away(chat_id):
            raise DatabaseUnavailable(NOT_NOW)
        try:
            return call()
        except DatabaseUnavailable as error:
            self.failed(error)
            raise

    def prefer(
        self,
        call: Callable[[], Result],
        fallback: Callable[[], Result],
        remember: Callable[[Result], object] = lambda _: None,
        chat_id: UUID | None = None,
        *,
        is_for_display: bool = False,
    ) -> Result:
        """What the database answers, after it was remembered; the fallback while it is away or when it fails.

        `is_for_display`: a page may show the fallback until its next run, so it need not ask while it would probably
        wait.
        """
        if not (self.is_away(chat_id) or (is_for_display and self.has_just_waited)):
            began = monotonic()
            try:
                found = call()
            except DatabaseUnavailable as error:
                self.failed(error)
                self._note_wait(error, monotonic() - began)
            else:
                remember(found)
                return found
        return fallback()

    def _note_wait(self, error: DatabaseUnavailable, seconds: float) -> None:
        if self._user_id is not None and seconds >= LONG_SECONDS and kind_of(error.failure) is Kind.BUSY:
            self._waits.add(self._user_id)

    def write_now_or_later(self, write: PendingWrite, store: Store) -> object:
        """What the store answers; None when the write is kept for later."""
        now = datetime.now(UTC)
        if not self.is_away(write.chat_id):
            try:
                return write.apply(store)
            except DatabaseUnavailable as error:
                self.failed(error)
            except Exception as error:
                # Whether the database will ever take it, the outbox finds out.
                self._outbox.warn(write, error)
        with self.lock:
            self.keep(write.at(now))
        return None

    def keep(self, write: PendingWrite) -> None:
        """Under `lock`."""
        self._outbox.add(write)
        self._probe.start()
        self._state.changed()


def guarded(inner: Result, guard: DatabaseGuard) -> Result:
    """The same object, each of whose methods is refused while the database is away.

    A first argument that is an id is taken for a chat's: while a message of that chat waits, its methods are refused,
    too. The ids of messages and turns are no chat's, so that they change nothing.
    """
    return cast(Result, Guarded(inner, guard))


class Guarded:
    """For mypy it has whatever its protocol asks for: see `guarded`, and `ResilientStore` for a part of a protocol."""

    def __init__(self, inner: Any, guard: DatabaseGuard) -> None:
        self._inner = inner
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*args: Any, **named: Any) -> Any:
            chat_id = args[0] if args and isinstance(args[0], UUID) else None
            return self._guard.require(lambda: method(*args, **named), chat_id)

        return call
