"""The heartbeat of the turns that run here: one task that keeps them and the database in step.

Each cycle, every FLUSH_SECONDS or as soon as FLUSH_BYTES are waiting, does what is due in this order:

1. write what the agents have said (`lib.chat.log_writer`);
2. ask whether somebody wants a turn of ours stopped (every STOP_CHECK_SECONDS);
3. beat: tell the database that our turns live (every HEARTBEAT_SECONDS), and purge the log of ended turns;
4. look for turns of dead processes, as often. It comes after our own beat, because this process may have been
   suspended for so long that its own turns look dead;
5. let `lib.chat.housekeeping` begin a run (every HOUSEKEEPING_SECONDS), which nothing here waits for.

The task starts with the first turn, or when `clean_up` is called. After the last turn it goes on, with one cycle a
second, for LOG_KEPT_SECONDS and until a purge has succeeded. Then it ends, so that an idle app lets the database sleep.
All methods run on the loop's thread, so no lock is needed.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

from lib.chat.housekeeping import HOUSEKEEPING_SECONDS
from lib.chat.log_writer import FLUSH_BYTES, LogWriter
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.turn_registry import TurnRegistry

log = logging.getLogger("lakechat.turns")

FLUSH_SECONDS = 0.17
"""Together with the write it stays within the 200 ms that a crash may cost, and makes 250 writes in 40 s at most."""
STOP_CHECK_SECONDS = 0.5
HEARTBEAT_SECONDS = 5
LOG_KEPT_SECONDS = 5
"""How long the log outlives its turn, for readers in other processes that are behind."""


class Heartbeat:
    """Runs while turns do, and a little longer to clean up."""

    def __init__(
        self,
        turn_registry: TurnRegistry,
        log_writer: LogWriter,
        owner: str,
        live: Mapping[UUID, Turn],
        stop: Callable[[Turn], None],
        check_for_dead: Callable[[], object],
        keep_house: Callable[[], object],
    ) -> None:
        self._turn_registry = turn_registry
        self._log_writer = log_writer
        self._owner = owner
        self._live = live
        self._stop = stop
        self._check_for_dead = check_for_dead
        self._keep_house = keep_house
        self._housekeeping: asyncio.Task[object] | None = None
        self._early = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._due: dict[str, float] = {}
        self._last_end = 0.0

    def wake(self) -> None:
        """A turn has begun."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        # After the last turn it cycles once a second, too seldom for one that has just begun.
        self._early.set()

    def chunk_added(self, turn: Turn) -> None:
        """Flush early when much is waiting."""
        if turn.unlogged_bytes >= FLUSH_BYTES:
            self._early.set()

    def ended(self) -> None:
        self._last_end = time.monotonic()

    def clean_up(self) -> None:
        """Check for dead turns and purge, as after a turn that has just ended here."""
        self.ended()
        self.wake()

    @property
    def _has_work(self) -> bool:
        return bool(self._live) or time.monotonic() - self._last_end < LOG_KEPT_SECONDS

    async def _run(self) -> None:
        await self._cycle_while_busy()
        # A turn that began during the last purge found this task still running and did not start another.
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
                log.error("The heartbeat failed: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _purged(self) -> bool:
        """Whether the log of ended turns was purged. It waits before it returns False: call it again at once."""
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
        if self._is_due("dead", HEARTBEAT_SECONDS):
            await asyncio.to_thread(self._check_for_dead)
        if self._is_due("housekeeping", HOUSEKEEPING_SECONDS):
            self._housekeeping = asyncio.create_task(asyncio.to_thread(self._keep_house))

    async def _look_after_live(self) -> None:
        await self._log_writer.flush()
        if self._is_due("stop", STOP_CHECK_SECONDS):
            for turn_id in await asyncio.to_thread(self._turn_registry.stop_requests, self._owner):
                for turn in list(self._live.values()):
                    if turn.id == turn_id:
                        self._stop(turn)
        if self._is_due("heartbeat", HEARTBEAT_SECONDS):
            # It stays due until it succeeds: a database that was down must not find our turns dead when it is back.
            self._due["heartbeat"] = 0.0
            await asyncio.to_thread(
                self._turn_registry.record_heartbeat, self._owner, [turn.id for turn in list(self._live.values())]
            )
            self._is_due("heartbeat", HEARTBEAT_SECONDS)
            await asyncio.to_thread(self._turn_registry.purge_log, LOG_KEPT_SECONDS)

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0):
            return False
        self._due[what] = now + every_seconds
        return True
