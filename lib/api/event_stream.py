"""A turn as server-sent events: the agent's chunks as they came; an id is the turn's and the chunk's number in it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Header

from lib.agent.events import DONE
from lib.chat.turn import Turn
from lib.errors import LakechatError
from lib.messages.parts import Error

KEEP_ALIVE_SECONDS = 15
CHECK_SECONDS = 0.5
"""How soon an open stream notices that the process ends."""
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
KEEP_ALIVE = b": still here\n\n"
Check = Callable[[], bool]
AT_ONCE = 200
"""So many of an agent's messages go out together: tens of thousands may be there for a reader that comes late."""
ALLOWED_SECONDS = 1.0
"""How long a reader may go on before it is checked again whether they may."""


LastEventId = Annotated[str, Header(pattern=r"^([0-9a-f-]{36}:)?[0-9]{1,9}$")]
"""As it was given to a reader; or a number alone, which is one of the turn that runs."""


def place_in(turn: Turn, last_event_id: str) -> int | None:
    """The number after which to go on; None when the reader was following another turn."""
    of_turn, _, number = last_event_id.rpartition(":")
    return int(number) if of_turn in ("", str(turn.id)) else None


async def events(
    turn: Turn, after: int, closing: Check, saved: Check, allowed: Check | None = None
) -> AsyncIterator[bytes]:
    """All after number `after`, until the turn has ended or the process does. Leaving ends nothing.

    `saved` is asked at the end. `allowed` may block; when it says no, or cannot say, the stream ends there.
    """
    changed = asyncio.Event()
    with turn.log.watched(_from_any_thread(changed)):
        seq, quiet_seconds, checked_at = after, 0.0, time.monotonic()
        while not closing():
            if allowed and time.monotonic() - checked_at > ALLOWED_SECONDS:
                if not await _may(allowed):
                    return
                checked_at = time.monotonic()
            changed.clear()
            closed = turn.log.closed
            if new := turn.log.after(seq, AT_ONCE):
                seq = new[-1][0]
                if said := b"".join(_event(turn, number, chunk.raw) for number, chunk in new if chunk.raw):
                    yield said
                # To send waits for nothing while the reader keeps up, and all other requests share this loop.
                await asyncio.sleep(0)
                quiet_seconds = 0.0
                continue
            if closed:
                for ending in _ending(turn, saved()):
                    yield ending
                return
            if await _happened(changed):
                quiet_seconds = 0.0
            elif (quiet_seconds := quiet_seconds + CHECK_SECONDS) >= KEEP_ALIVE_SECONDS:
                quiet_seconds = 0.0
                yield KEEP_ALIVE


async def _may(allowed: Check) -> bool:
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


async def _happened(changed: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await changed.wait()
    except TimeoutError:
        return False
    return True


def _ending(turn: Turn, saved: bool) -> list[bytes]:
    last = len(turn.log)
    meta = {
        "type": "meta",
        "chatId": str(turn.chat_id),
        "assistantMessageId": str(turn.id),
        "traceId": turn.answer.trace_id,
        "status": turn.status,
        "saved": saved,
    }
    errors = [part.text for part in turn.answer.parts if isinstance(part, Error)]
    said: list[dict[str, Any]] = [{"type": "error", "error": sentence} for sentence in errors]
    lines = [json.dumps(data, ensure_ascii=False) for data in (*said, meta)]
    return [_event(turn, last + number, line) for number, line in enumerate([*lines, DONE], start=1)]


def _event(turn: Turn, number: int, data: str) -> bytes:
    """`data` is one line: an agent's message as the decoder gives it, or our own JSON."""
    return f"id: {turn.id}:{number}\ndata: {data}\n\n".encode()
