"""A ledger that asks nothing of a database that is away, and tells when it goes."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from lib.db.failures import POOL_TIMEOUT
from lib.db.trouble import trouble_of
from lib.errors import DatabaseUnavailable
from lib.store.ledger import Ledger
from lib.store.models import ClaimedTurn, LogRow
from lib.store.presence import Presence

Result = TypeVar("Result")


class SteadyLedger:
    """Not before the outbox is written: the log of a turn that the database does not know yet would go nowhere."""

    def __init__(self, inner: Ledger, presence: Presence) -> None:
        self._inner = inner
        self._presence = presence

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None:
        self._ask(lambda: self._inner.write_log(owner, rows))

    def beat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        self._ask(lambda: self._inner.beat(owner, turn_ids))

    def stop_requests(self, owner: str) -> set[UUID]:
        return self._ask(lambda: self._inner.stop_requests(owner))

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]:
        return self._ask(lambda: self._inner.claim_dead_turns(owner, silent_seconds))

    def purge_log(self, ended_seconds: float) -> None:
        self._ask(lambda: self._inner.purge_log(ended_seconds))

    def _ask(self, ask: Callable[[], Result]) -> Result:
        if self._presence.is_lost:
            raise DatabaseUnavailable
        try:
            return ask()
        except DatabaseUnavailable as error:
            if error.failure != POOL_TIMEOUT:
                self._presence.lost(trouble_of(error))
            raise
