"""Writes what agents have said to the log in the database, in batches over all turns that run here."""

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.turn_models import LogRow
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

FLUSH_BYTES = 4_096
"""From so much on, a turn's chunks are not kept waiting for the next batch."""


class LogWriter:
    """Used on the loop's thread. Its lock keeps the batches in order: each begins where the one before ended."""

    def __init__(self, turn_registry: TurnRegistry, owner: str, live: Mapping[UUID, Turn]) -> None:
        self._turn_registry = turn_registry
        self._owner = owner
        self._live = live
        self._writing = asyncio.Lock()

    async def flush(self) -> None:
        """Write what has come since the last batch. What cannot be written stays for the next."""
        async with self._writing:
            rows = [row for turn in list(self._live.values()) if (row := _unlogged(turn))]
            if not rows:
                return
            try:
                await asyncio.to_thread(self._turn_registry.write_log, self._owner, rows)
            except DatabaseUnavailable:
                return
            except Exception as error:
                # A chat that is deleted right now fails the rows of all turns, and none of them may end for that.
                log.error("The log could not be written: %s", type(error).__name__)
                return
            for row in rows:
                self._mark_logged(row)

    def _mark_logged(self, row: LogRow) -> None:
        for turn in list(self._live.values()):  # other threads add turns meanwhile
            if turn.id == row.turn_id:
                turn.logged = row.first_seq + len(row.chunks) - 1


def _unlogged(turn: Turn) -> LogRow | None:
    chunks = turn.chunks.after(turn.logged)
    turn.unlogged_bytes = 0
    raws = [chunk.raw for _, chunk in chunks]
    return LogRow(turn.id, turn.logged + 1, raws, turn.first_event_ms) if raws else None
