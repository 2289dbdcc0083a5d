"""Sends the chunks of an answer at a reading speed, and fails on the way where a fault says so."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Send

from local.workspace.faults import Fault, Faults
from local.workspace.request_log import Recorded

DONE = b"data: [DONE]\n\n"
Chunk = tuple[float, bytes]  # words to wait before, and what to send then


def sse(data: Any) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Throttle:
    """Words per second with a little jitter, the same for the same seed. It does not catch up after a delay."""

    def __init__(self, words_per_second: float, seed: str) -> None:
        self._seconds_per_word = 1 / words_per_second
        self._random = random.Random(seed)  # noqa: S311 - rhythm, no secret
        self._due = asyncio.get_running_loop().time()

    async def wait(self, words: float) -> None:
        now = asyncio.get_running_loop().time()
        self._due = max(self._due, now - 0.1) + words * self._seconds_per_word * self._random.uniform(0.5, 1.5)
        if (seconds := self._due - now) > 0.001:
            await asyncio.sleep(seconds)


async def faulty(
    chunks: Iterable[Chunk], fault: Fault, faults: Faults, throttle: Throttle, cut: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    """Yield the chunks, or those of the fault, up to where the fault strikes."""
    if fault.chunks is not None:
        chunks = [(0.0, chunk) for chunk in fault.chunks]
    number = -1
    for number, (words, chunk) in enumerate(chunks):
        if fault.cut_after is not None and number >= fault.cut_after:
            break
        if number == fault.error_after:
            yield sse(fault.error)
            yield DONE
            return
        await fault.hold(number, faults.closing)
        await faults.pause(fault.interval_seconds)
        await throttle.wait(words)
        yield chunk
    if fault.cut_after is not None:
        await cut()
        await asyncio.Event().wait()  # until the server notices that the connection is gone, and cancels this


class Stream(StreamingResponse):
    """Waits before its first byte, headers included, and records how it ended."""

    def __init__(
        self, content: AsyncIterator[bytes], content_type: str, before: Callable[[], Awaitable[None]], record: Recorded
    ) -> None:
        super().__init__(content, headers={"content-type": content_type, "cache-control": "no-cache"})
        self._before = before
        self._record = record

    async def stream_response(self, send: Send) -> None:
        try:
            await self._before()
            await super().stream_response(send)
        except asyncio.CancelledError:
            self._record.closed_by_client = True
            raise
