"""Server-sent events out of the bytes of a response, wherever these were cut."""

import codecs
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
from httpx_sse import EventSource

from lib.agent.decoder import DONE

MAX_BUFFERED_BYTES = 64_000_000
"""Without an event in it; a trace is a few megabytes long."""
HEADERS = {"content-type": "text/event-stream; charset=utf-8"}


class TooLong(Exception):
    """More has come than any answer holds."""


async def opening(pieces: AsyncIterator[bytes]) -> bytes:
    """The first bytes, without a byte order mark; enough to tell what follows them."""
    head = b""
    async for piece in pieces:
        head += piece
        if head.strip() and not codecs.BOM_UTF8.startswith(head):
            break
    return head.removeprefix(codecs.BOM_UTF8)


async def events(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float = math.inf
) -> AsyncGenerator[str, None]:
    """The data of each event, up to [DONE]. Raises TimeoutError when for so long nothing but comments has come."""
    stream = _Bytes(head, pieces, kept_alive_seconds)
    # As if it were a response that says what it is: some servers stream events without telling so.
    response = httpx.Response(200, headers=HEADERS, stream=stream)
    async with aclosing(EventSource(response).aiter_sse()) as found:
        async for event in found:
            if event.data:
                stream.buffered, stream.heard_at = 0, time.monotonic()
            if event.data.strip() == DONE:
                return
            if event.data:
                yield event.data


class _Bytes(httpx.AsyncByteStream):
    """Ends with a blank line, for servers that leave it out behind their last event."""

    def __init__(self, head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float) -> None:
        self._head = head
        self._pieces = pieces
        self._kept_alive_seconds = kept_alive_seconds
        self.buffered = 0
        self.heard_at = time.monotonic()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        async for piece in self._pieces:
            self.buffered += len(piece)
            if self.buffered > MAX_BUFFERED_BYTES:
                raise TooLong
            if time.monotonic() - self.heard_at > self._kept_alive_seconds:
                raise TimeoutError
            yield piece
        yield b"\n\n"
