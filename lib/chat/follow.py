"""A turn that another process runs, followed through the database for as long as somebody here watches."""

import asyncio
import time
from contextlib import suppress

from lib.agent.decoder import Decoder
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable
from lib.store.models import LogReading
from lib.store.store import Store

FASTEST_SECONDS, SLOWEST_SECONDS = 0.25, 1.0
UNWATCHED_SECONDS = 3


async def follow(turn: Turn, store: Store) -> bool:
    """Read along until the turn has ended; then its log is closed and the result True. False: nobody watches."""
    decoder, pause, watched_at = _decoder_at(turn), FASTEST_SECONDS, time.monotonic()
    while True:
        reading = await _read(turn, store)
        if reading:
            for raw in reading.chunks:
                turn.take(decoder.feed(raw))
            if reading.status != "running":
                break
            pause = FASTEST_SECONDS if reading.chunks else min(SLOWEST_SECONDS, pause * 1.5)
        now = time.monotonic()
        watched_at = now if turn.log.watchers else watched_at
        if now - watched_at > UNWATCHED_SECONDS:
            return False
        await asyncio.sleep(pause)
    await _end(turn, store)
    return True


def _decoder_at(turn: Turn) -> Decoder:
    """One that knows what was read before: the turn may have been left for a while."""
    decoder = Decoder()
    for _, chunk in turn.log.after(0):
        decoder.feed(chunk.raw)
    return decoder


async def _read(turn: Turn, store: Store) -> LogReading | None:
    """None while the database is away. A turn whose chat was deleted has ended."""
    try:
        reading = await asyncio.to_thread(store.read_log, turn.id, len(turn.log))
    except DatabaseUnavailable:
        return None
    return reading or LogReading("stopped", [])


async def _end(turn: Turn, store: Store) -> None:
    """What was stored stands, whatever the log said."""
    message = None
    with suppress(DatabaseUnavailable):
        message = await asyncio.to_thread(store.get_message, turn.id)
    if message:
        turn.answer.parts, turn.answer.trace_id = message.parts, message.trace_id
    turn.status = message.status if message else "interrupted"
    turn.log.close()
