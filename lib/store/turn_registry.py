"""What a process records in the database about the turns that it runs, whoever their users are.

A turn has one owner, the process that runs it. The owner writes the agent's messages to the turn's log, records a
heartbeat, and looks for requests to stop. A turn without a heartbeat for too long is dead, and any process may claim
it. All writes name the owner, so a process that comes back after its turn was claimed writes nothing more to its log.
"""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from lib.db.database import Database
from lib.storable import storable
from lib.store.turn_models import ClaimedTurn, LogRow


class TurnRegistry(Protocol):
    """`owner` is the id of the process. Every method may raise DatabaseUnavailable."""

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None: ...

    def record_heartbeat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        """Give only the turns that really run here: one that the process has lost must be found dead and be ended."""

    def release_turn(self, owner: str, turn_id: UUID, silent_seconds: float) -> bool:
        """Let another process claim the turn at once. Its log must be written. False if none can, or is to."""

    def stop_requests(self, owner: str) -> set[UUID]: ...

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]: ...

    def purge_log(self, ended_seconds: float) -> None: ...


class PostgresTurnRegistry:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None:
        self._rows(
            "write_log",
            owner=owner,
            turn_ids=[str(row.turn_id) for row in rows],
            first_seqs=[row.first_seq for row in rows],
            chunks=["\n".join(map(_line, row.chunks)) for row in rows],
            first_event_ms=[row.first_event_ms for row in rows],
        )

    def record_heartbeat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        self._rows("record_heartbeat", owner=owner, turn_ids=[str(turn_id) for turn_id in turn_ids])

    def release_turn(self, owner: str, turn_id: UUID, silent_seconds: float) -> bool:
        return bool(self._rows("release_turn", owner=owner, turn_id=turn_id, silent_seconds=silent_seconds))

    def stop_requests(self, owner: str) -> set[UUID]:
        return {row["id"] for row in self._rows("list_stop_requests", owner=owner)}

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]:
        rows = self._rows("claim_dead_turns", owner=owner, silent_seconds=silent_seconds)
        return [ClaimedTurn(owner=owner, **row) for row in rows]

    def purge_log(self, ended_seconds: float) -> None:
        self._rows("purge_log", ended_seconds=ended_seconds)

    def _rows(self, query: str, **binds: Any) -> Sequence[Any]:
        """The scope shows the turns of all users and their log, and nothing else."""
        return self._database.rows(query, scope="process", **binds)


def _line(chunk: str) -> str:
    """The JSON on one line, without what Postgres cannot store. A line break in JSON is white space, as a space is."""
    return str(storable(chunk)).replace("\r", " ").replace("\n", " ")


class NoTurnRegistry:
    """Turns in memory end with their process, so there is nothing to record."""

    def write_log(self, owner: str, rows: Sequence[LogRow]) -> None:
        pass

    def record_heartbeat(self, owner: str, turn_ids: Sequence[UUID]) -> None:
        pass

    def release_turn(self, owner: str, turn_id: UUID, silent_seconds: float) -> bool:
        return False

    def stop_requests(self, owner: str) -> set[UUID]:
        return set()

    def claim_dead_turns(self, owner: str, silent_seconds: float) -> list[ClaimedTurn]:
        return []

    def purge_log(self, ended_seconds: float) -> None:
        pass
