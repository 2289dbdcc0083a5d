"""A user's standing instructions while the database does not answer: as they were last seen here, for reading only."""

from lib.errors import DatabaseUnavailable
from lib.outage.guard import DatabaseGuard
from lib.store.memory import MemoryStore
from lib.store.store import Store


class ResilientInstructions:
    """The part of `lib.outage.resilient_store.ResilientStore` for standing instructions."""

    _inner: Store
    _guard: DatabaseGuard
    _seen_here: MemoryStore
    _remembered: bool

    def read_instructions(self) -> str:
        if not self._remembered:
            return self._guard.require(self._inner.read_instructions)
        return self._guard.prefer(
            self._inner.read_instructions, self._as_last_seen, self._seen_here.save_instructions, is_for_display=True
        )

    def save_instructions(self, instructions: str) -> str:
        kept = self._guard.require(lambda: self._inner.save_instructions(instructions))
        return self._seen_here.save_instructions(kept)

    def forget_user(self) -> int:
        votes = self._guard.require(self._inner.forget_user)
        self._seen_here.forget_instructions()
        return votes

    def _as_last_seen(self) -> str:
        known = self._seen_here.known_instructions()
        if known is None:
            raise DatabaseUnavailable
        return known
