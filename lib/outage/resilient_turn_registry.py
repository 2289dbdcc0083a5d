"""A turn registry that asks nothing of a database that is away, and tells when it goes."""

from collections.abc import Sequence
from uuid import UUID

from lib.outage.guard import DatabaseGuard
from lib.store.models import ClaimedTurn, LogRow
from lib.store.turn_registry import TurnRegistry


class ResilientTurnRegistry:
    """Not before the outbox is written: the log of a turn that the database does not know yet would go nowhere."""

    def __init__(self, inner: TurnRegistry, guard: DatabaseGuard) -> None:
        self._inner = inner
        self._guard = guard

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None:
        self._guard.ask(lambda: self._inner.write_log(owner, rows))

    def beat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        self._guard.ask(lambda: self._inner.beat(owner, turn_ids))

    def stop_requests(self, owner: str) -> set[UUID]:
        return self._guard.ask(lambda: self._inner.stop_requests(owner))

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]:
        return self._guard.ask(lambda: self._inner.claim_dead_turns(owner, silent_seconds))

    def purge_log(self, ended_seconds: float) -> None:
        self._guard.ask(lambda: self._inner.purge_log(ended_seconds))
