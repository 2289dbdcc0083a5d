"""A ledger that asks nothing of a database that is away, and tells when it goes."""

from collections.abc import Sequence
from uuid import UUID

from lib.store.ledger import Ledger
from lib.store.models import ClaimedTurn, LogRow
from lib.store.reach import Reach


class SteadyLedger:
    """Not before the outbox is written: the log of a turn that the database does not know yet would go nowhere."""

    def __init__(self, inner: Ledger, reach: Reach) -> None:
        self._inner = inner
        self._reach = reach

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None:
        self._reach.ask(lambda: self._inner.write_log(owner, rows))

    def beat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        self._reach.ask(lambda: self._inner.beat(owner, turn_ids))

    def stop_requests(self, owner: str) -> set[UUID]:
        return self._reach.ask(lambda: self._inner.stop_requests(owner))

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]:
        return self._reach.ask(lambda: self._inner.claim_dead_turns(owner, silent_seconds))

    def purge_log(self, ended_seconds: float) -> None:
        self._reach.ask(lambda: self._inner.purge_log(ended_seconds))
