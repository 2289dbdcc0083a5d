"""A turn for a reader of server-sent events: what has come so far, then what comes, until the turn ends.

The turn is written by another thread and belongs to no reader: leaving ends nothing. Its log calls the reader at every
change, from the writer's thread. So that no change is missed, the reader clears its event first, then reads the log,
and only then waits. The wait is short all the same, because nothing announces that the process ends, or that a chat is
private again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from lib.agent.events import Chunk
from lib.chat.turn import Turn
from lib.errors import LakechatError

KEEP_ALIVE_SECONDS = 15
"""After so long without an event a comment goes out: proxies cut connections that are silent."""
KEEP_ALIVE = b": still here\n\n"
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
CHECK_SECONDS = 0.5
"""How soon an open stream notices that the process ends."""
ALLOWED_SECONDS = 1.0
"""How long a reader may go on before it is checked again whether they may."""
MAX_BATCH = 200
"""So many of an agent's messages go out together: tens of thousands may be there for a reader that comes late."""
Check = Callable[[], bool]
Batch = Sequence[tuple[int, Chunk]]


async def batches(turn: Turn, after: int, closing: Check, allowed: Check | None = None) -> AsyncIterator[Batch | None]:
    """All that came after number `after`; an empty batch when nothing came for a while; None at the end of the turn.

    Without None it was cut: the process is `closing`, or `allowed`, which may block, said no or could not say.
    """
    changed = asyncio.Event()
    with turn.chunks.watched(_from_any_thread(changed)):
        seq, quiet_seconds, checked_at = after, 0.0, time.monotonic()
        while not closing():
            if allowed and time.monotonic() - checked_at > ALLOWED_SECONDS:
                if not await _is_allowed(allowed):
                    return
                checked_at = time.monotonic()
            changed.clear()
            # Before the log is read: what comes between the two is not missed, only read once more.
            closed = turn.chunks.closed
            if new := turn.chunks.after(seq, MAX_BATCH):
                seq, quiet_seconds = new[-1][0], 0.0
                yield new
                # To send waits for nothing while the reader keeps up, and all other requests share this loop.
                await asyncio.sleep(0)
            elif closed:
                yield None
                return
            elif await _has_changed(changed):
                quiet_seconds = 0.0
            elif (quiet_seconds := quiet_seconds + CHECK_SECONDS) >= KEEP_ALIVE_SECONDS:
                quiet_seconds = 0.0
                yield ()


async def _is_allowed(allowed: Check) -> bool:
    try:
        return await asyncio.to_thread(allowed)
    except LakechatError:
        return False


def _from_any_thread(event: asyncio.Event) -> Callable[[], object]:
    """What sets it. One that is set already is not cleared before the log is read, so it needs no second call."""
    loop = asyncio.get_running_loop()

    def call() -> None:
        # The loop may have ended before the turn has.
        with suppress(RuntimeError):
            if not event.is_set():
                loop.call_soon_threadsafe(event.set)

    return call


async def _has_changed(changed: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await changed.wait()
    except TimeoutError:
        return False
    return True
