"""Keeps the database told of the turns that run here: what was said, that we live, and whether to stop."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.models import LogRow
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

FLUSH_SECONDS = 0.17
"""With the write itself this stays within the 200 ms that a crash may cost, and within 250 writes in 40 s."""
FLUSH_BYTES = 4_096
STOP_CHECK_SECONDS = 0.5
HEARTBEAT_SECONDS = 5
LOG_KEPT_SECONDS = 5
"""How long the log outlives its turn, for readers in other processes that are a step behind."""


class Heartbeat:
    """Works while turns run, and a little longer to clean up; an idle app lets the database sleep."""

    def __init__(
        self,
        turn_registry: TurnRegistry,
        owner: str,
        live: Mapping[UUID, Turn],
        stop: Callable[[Turn], None],
        check_for_dead: Callable[[], object],
    ) -> None:
        self._turn_registry = turn_registry
        self._owner = owner
        self._live = live
        self._stop = stop
        self._check_for_dead = check_for_dead
        self._early = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._due: dict[str, float] = {}
        self._last_end = 0.0

    def wake(self) -> None:
        """A turn has begun. On the loop's own thread, as are all methods here."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        # After the last turn it looks round at leisure, too seldom for one that has just begun.
        self._early.set()

    def chunk_added(self, turn: Turn) -> None:
        """Something was said; much of it is written down at once."""
        if turn.unlogged_bytes >= FLUSH_BYTES:
            self._early.set()

    async def flush(self) -> None:
        """Write down what was said since the last time; what cannot be written waits for the next."""
        async with self._writing:
            rows = [row for turn in list(self._live.values()) if (row := _unlogged(turn))]
            if not rows:
                return
            try:
                await asyncio.to_thread(self._turn_registry.write_log, self._owner, rows)
            except DatabaseUnavailable:
                return
            except Exception as error:
                # One chat that is deleted right now fails the rows of all, and no answer may be lost for that.
                log.error("Turns could not be written down: %s", type(error).__name__)
                return
            for row in rows:
                self._logged(row)

    def ended(self) -> None:
        self._last_end = time.monotonic()

    def clean_up(self) -> None:
        """Look after the turns that ended elsewhere or by somebody's death, as if one had just ended here."""
        self.ended()
        self.wake()

    def _logged(self, row: LogRow) -> None:
        for turn in self._live.values():
            if turn.id == row.turn_id:
                turn.logged = row.first_seq + len(row.chunks) - 1

    @property
    def _has_work(self) -> bool:
        return bool(self._live) or time.monotonic() - self._last_end < LOG_KEPT_SECONDS

    async def _run(self) -> None:
        await self._cycle_while_busy()
        # A turn that began during the last purge found us still at work, and started no other keeper.
        while not await self._purged() or self._has_work:
            await self._cycle_while_busy()

    async def _cycle_while_busy(self) -> None:
        while self._has_work:
            self._early.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._early.wait(), FLUSH_SECONDS if self._live else 1)
            try:
                await self._cycle()
            except DatabaseUnavailable:
                await asyncio.sleep(FLUSH_SECONDS)
            except Exception as error:
                log.error("Turns could not be written down: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _purged(self) -> bool:
        """Whether it could be done; if not, it may be tried again at once."""
        try:
            await asyncio.to_thread(self._turn_registry.purge_log, LOG_KEPT_SECONDS)
        except Exception as error:
            log.warning("The log of ended turns stays for now: %s", type(error).__name__)
            await asyncio.sleep(LOG_KEPT_SECONDS)
            return False
        return True

    async def _cycle(self) -> None:
        if self._live:
            await self._look_after_live()
        # Not before our own have been vouched for: this process may have slept for long.
        if self._is_due("dead", HEARTBEAT_SECONDS):
            await asyncio.to_thread(self._check_for_dead)

    async def _look_after_live(self) -> None:
        await self.flush()
        if self._is_due("stop", STOP_CHECK_SECONDS):
            for turn_id in await asyncio.to_thread(self._turn_registry.stop_requests, self._owner):
                for turn in list(self._live.values()):
                    if turn.id == turn_id:
                        self._stop(turn)
        if self._is_due("beat", HEARTBEAT_SECONDS):
            # Due until it is done: a database that took nothing for a while must not find our turns dead after that.
            self._due["beat"] = 0.0
            await asyncio.to_thread(
                self._turn_registry.beat, self._owner, [turn.id for turn in list(self._live.values())]
            )
            self._is_due("beat", HEARTBEAT_SECONDS)
            await asyncio.to_thread(self._turn_registry.purge_log, LOG_KEPT_SECONDS)

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0):
            return False
        self._due[what] = now + every_seconds
        return True


def _unlogged(turn: Turn) -> LogRow | None:
    said = turn.log.after(turn.logged)
    turn.unlogged_bytes = 0
    return LogRow(turn.id, turn.logged + 1, [chunk.raw for _, chunk in said]) if said else None
