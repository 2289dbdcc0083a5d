"""Turns that other processes run, followed through the database as long as somebody here watches.

A followed turn is a local copy: a task reads new log rows, feeds them to a decoder and appends the chunks, so readers
see no difference to a turn that runs here. It polls, quickly while something comes and slower in silence; LISTEN would
not do, because Lakebase drops the session when it suspends. The copy is dropped UNWATCHED_SECONDS after its last
reader has left. Meanwhile it also checks for dead turns, because the process that is being followed may be one that
has died.
"""

import asyncio
import logging
import time
from contextlib import suppress
from uuid import UUID

from lib.chat.background import Background, Throttle
from lib.chat.recovery import CHECK_SECONDS, Recovery
from lib.chat.replay import Replay
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.models import RunningTurn
from lib.store.store import Store
from lib.store.turn_models import LogReading

log = logging.getLogger("lakechat.turns")

FASTEST_SECONDS, SLOWEST_SECONDS = 0.25, 1.0
UNWATCHED_SECONDS = 3


class RemoteTurns:
    """One copy of each turn that is watched here, however many watch it, and another for all readers of a shared chat.

    Theirs ends when the chat is no longer shared, while its owner goes on watching.
    """

    def __init__(self, background: Background, recovery: Recovery) -> None:
        self._background = background
        self._recovery = recovery
        self._turns: dict[tuple[UUID, bool], Turn] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def attach(self, store: Store, chat_id: UUID, running: RunningTurn, *, is_owner: bool) -> Turn:
        """The turn as it grows. Callable from any thread."""
        key, copy = (running.id, is_owner), Turn(running.id, chat_id, running.question_id, running.agent)
        turn = self._turns.setdefault(key, copy)
        self._background.call(lambda: self._begin(key, turn, store))
        return turn

    def _begin(self, key: tuple[UUID, bool], turn: Turn, store: Store) -> None:
        if id(turn) not in self._tasks:
            self._tasks[id(turn)] = asyncio.create_task(self._follow(key, turn, store), name=f"follow {turn.id}")

    async def _follow(self, key: tuple[UUID, bool], turn: Turn, store: Store) -> None:
        checking = asyncio.create_task(self._keep_checking_for_dead())
        try:
            await tail(turn, store)
        except Exception as error:
            log.error("Turn %s could not be followed: %s", turn.id, type(error).__name__)
            turn.chunks.close()
        finally:
            checking.cancel()
            del self._tasks[id(turn)]
            # Somebody may have attached again, which made a new copy.
            if self._turns.get(key) is turn:
                del self._turns[key]

    async def _keep_checking_for_dead(self) -> None:
        while True:
            await asyncio.to_thread(self._recovery.check)
            await asyncio.sleep(CHECK_SECONDS)


async def tail(turn: Turn, store: Store) -> bool:
    """Read the log until the turn has ended, or waits for its user; then close it. False once nobody watches."""
    replay, throttle, pause, watched_at = await _replay_at(turn), Throttle(), FASTEST_SECONDS, time.monotonic()
    while True:
        reading = await _read(turn, store)
        if reading:
            for raw in reading.chunks:
                turn.take(replay.read(raw))
                await throttle.read(len(raw))
            if reading.is_waiting:
                turn.take(replay.end())
                turn.wait()
                return True
            if reading.status != "running":
                break
            pause = FASTEST_SECONDS if reading.chunks else min(SLOWEST_SECONDS, pause * 1.5)
        now = time.monotonic()
        watched_at = now if turn.chunks.watchers else watched_at
        if now - watched_at > UNWATCHED_SECONDS:
            return False
        await asyncio.sleep(pause)
    await _end(turn, store)
    return True


async def _replay_at(turn: Turn) -> Replay:
    """One that has read what the copy has already: following may have been interrupted."""
    replay, throttle = Replay(), Throttle()
    for _, chunk in turn.chunks.after(0):
        replay.read(chunk.raw)
        await throttle.read(len(chunk.raw))
    return replay


async def _read(turn: Turn, store: Store) -> LogReading | None:
    """None while the database is down. Without a log the chat was deleted, so the turn has ended."""
    try:
        reading = await asyncio.to_thread(store.read_log, turn.id, len(turn.chunks))
    except DatabaseUnavailable:
        return None
    return reading or LogReading("stopped", [])


async def _end(turn: Turn, store: Store) -> None:
    """Take over the stored answer, whatever the log said."""
    message = None
    with suppress(DatabaseUnavailable):
        message = await asyncio.to_thread(store.get_message, turn.id)
    if message:
        turn.answer.use_stored(message.parts, message.trace_id, message.usage, message.model)
        turn.asked_as = message.asked_as
    turn.status = message.status if message else "interrupted"
    turn.is_stored = message is not None and message.saved
    turn.chunks.close()
