"""Lets a turn wait for its user, who is to approve what the agent wants to do.

Once it is parked, its log in the database is all that there is of it: it holds no connection, survives a restart, and
goes on in whichever process its user decides. So its log must be complete before.
"""

import asyncio
from contextlib import suppress

from lib.chat.log_writer import LogWriter
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.store import Store
from lib.store.turn_models import ParkedTurn

RETRY_SECONDS = 0.5


class Parking:
    """Used on the loop's thread."""

    def __init__(self, log_writer: LogWriter, owner: str) -> None:
        self._log_writer = log_writer
        self._owner = owner

    async def logged(self, turn: Turn) -> None:
        """Wait until all that the agent has said, and its user decided, is in the log."""
        await self._log_writer.flush()
        while turn.logged < len(turn.chunks):
            await asyncio.sleep(RETRY_SECONDS)
            await self._log_writer.flush()

    async def parked(self, turn: Turn, store: Store) -> bool:
        """Park it as soon as the database takes it. False if it is to be stopped.

        True also if another process has claimed it meanwhile. A process that ends while the database parks the turn
        waits for that: the turn is not interrupted then.
        """
        await self.logged(turn)
        parked = ParkedTurn(turn.id, turn.chat_id, self._owner, turn.log)
        while True:
            parking = asyncio.create_task(asyncio.to_thread(store.park_turn, parked))
            try:
                return await asyncio.shield(parking)
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
            except asyncio.CancelledError:
                with suppress(DatabaseUnavailable):
                    if await parking and not turn.stop_requested:
                        return True
                raise
