"""Asks the database while it is there; notes when it goes, and keeps for later what must not be lost."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from lib.db.diagnosis import diagnose
from lib.db.failures import Kind, kind_of
from lib.errors import DatabaseUnavailable
from lib.outage.connection_state import ConnectionState
from lib.outage.outbox import Outbox
from lib.outage.pending_write import PendingWrite
from lib.store.store import Store

log = logging.getLogger("lakechat.db")
Result = TypeVar("Result")
NOT_NOW = "Lakebase is away. Questions and answers go on; everything else has to wait until it is back."


class DatabaseGuard:
    """One for each store or turn registry that goes on without the database."""

    def __init__(self, state: ConnectionState, outbox: Outbox, user_id: str | None = None) -> None:
        self._state = state
        self._outbox = outbox
        self._user_id = user_id

    def is_away(self, chat_id: UUID | None = None) -> bool:
        """For everything; or for one chat, of which something of the user's still waits to be written."""
        if self._state.is_lost:
            self._state.when_needed()
        return self._state.is_lost or (chat_id is not None and self._outbox.holds(chat_id, self._user_id))

    def lost(self, error: DatabaseUnavailable) -> None:
        """What is merely busy is not lost."""
        if kind_of(error.failure) is Kind.BUSY:
            self._state.hindered(diagnose(error))
        else:
            self._state.lost(diagnose(error))

    def ask(self, call: Callable[[], Result], chat_id: UUID | None = None) -> Result:
        """Of the database alone."""
        if self.is_away(chat_id):
            raise DatabaseUnavailable(NOT_NOW)
        try:
            return call()
        except DatabaseUnavailable as error:
            self.lost(error)
            raise

    def either(
        self,
        call: Callable[[], Result],
        recall: Callable[[], Result],
        remember: Callable[[Result], object] = lambda _: None,
        chat_id: UUID | None = None,
    ) -> Result:
        """Of the database, to be remembered; else of memory."""
        if not self.is_away(chat_id):
            try:
                found = call()
            except DatabaseUnavailable as error:
                self.lost(error)
            else:
                remember(found)
                return found
        return recall()

    def now_or_later(self, entry: PendingWrite, store: Store) -> object:
        """What the database said to it; None when it is kept for later."""
        now = datetime.now(UTC)
        if not self.is_away(entry.chat_id):
            try:
                return entry.write(store)
            except DatabaseUnavailable as error:
                self.lost(error)
            except Exception as error:
                # Whether it will never be taken, the outbox finds out.
                log.warning("A write of chat %s failed: %r", entry.chat_id, type(error).__name__)
        with self._state.lock:
            self.keep(entry.said(now))
        return None

    def keep(self, entry: PendingWrite) -> None:
        """Under the state's lock: while anything waits, there is somebody who will write it."""
        self._outbox.add(entry)
        self._state.when_lost()
        self._state.changed()
