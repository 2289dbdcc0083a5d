"""One connection through the platform's proxy: its request gets the identity headers, then bytes pass unchanged."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

ADDRESS = "127.0.0.1"
CHUNK_BYTES = 64 * 1024
SLOW_STEP_SECONDS = 0.02
# Only the platform may set these headers; a client's are dropped.
PLATFORM_HEADERS = (b"x-forwarded-", b"x-real-ip", b"x-request-id")

Admit = Callable[[str], Mapping[str, str] | str]
"""From a request's `Authorization` to the headers of its person, or to the address of the page to sign in."""


@dataclass(frozen=True)
class Limits:
    """When a connection is cut (after how long without a byte, or in all), and how fast answers may come."""

    idle_seconds: float = math.inf
    request_seconds: float = math.inf
    websocket_seconds: float = math.inf
    bytes_per_second: float = math.inf


class ProxyConnection:
    """One request and its answer, or one WebSocket; a connection is never reused.

    So only the head of the request is parsed: event streams and WebSocket frames are passed on as bytes, at once.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Callable[[], Limits]
    ) -> None:
        """`limits` is called again before each step, since a test may change them at any time."""
        self.ended = asyncio.Event()
        self._reader, self._writer, self._limits = reader, writer, limits
        self._app: asyncio.StreamWriter | None = None
        self.is_websocket = False
        self._is_answered = False
        self._began_at = self._active_at = time.monotonic()

    @property
    def is_over(self) -> bool:
        now, limits = time.monotonic(), self._limits()
        most_seconds = limits.websocket_seconds if self.is_websocket else limits.request_seconds
        return now - self._active_at > limits.idle_seconds or now - self._began_at > most_seconds

    def cut(self) -> None:
        """Reset the connection, as a proxy does; a request that has no answer yet gets 504."""
        if self._app and not self._is_answered:
            self._refuse("504 Gateway Timeout")
        else:
            self._writer.transport.abort()
        if self._app:
            self._app.transport.abort()

    async def run(self, host: str, port: int, admit: Admit) -> None:
        """Return when either side has closed."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._forward(host, port, admit)
        finally:
            await self._close()
            self.ended.set()

    async def _forward(self, host: str, port: int, admit: Admit) -> None:
        head = await self._reader.readuntil(b"\r\n\r\n")
        headers = admit(authorization(head))
        if isinstance(headers, str):
            self._refuse(f"302 Found\r\nLocation: {headers}")
            return
        self.is_websocket = b"\r\nupgrade:" in head.lower()
        try:
            answers, self._app = await asyncio.open_connection(host, port)
        except OSError:
            self._refuse("502 Bad Gateway")
            return
        self._app.write(with_identity(head, headers, is_last=not self.is_websocket))
        pumps = [asyncio.create_task(self._send_request(self._app)), asyncio.create_task(self._send_response(answers))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _send_request(self, app: asyncio.StreamWriter) -> None:
        while piece := await self._reader.read(CHUNK_BYTES):
            self._active_at = time.monotonic()
            app.write(piece)
            await app.drain()

    async def _send_response(self, answers: asyncio.StreamReader) -> None:
        while piece := await answers.read(int(min(CHUNK_BYTES, self._limits().bytes_per_second * SLOW_STEP_SECONDS))):
            self._active_at, self._is_answered = time.monotonic(), True
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(len(piece) / self._limits().bytes_per_second)

    async def _close(self) -> None:
        """Close both sides; what was written is still sent unless the connection was cut."""
        for writer in filter(None, (self._writer, self._app)):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _refuse(self, status: str) -> None:
        self._is_answered = True
        self._writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        self._writer.close()


def authorization(head: bytes) -> str:
    """What the request says in this header; empty when it has none."""
    lines = (line.decode("latin-1").partition(":") for line in head.split(b"\r\n"))
    return next((value.strip() for name, _, value in lines if name.lower() == "authorization"), "")


def with_identity(head: bytes, headers: Mapping[str, str], *, is_last: bool) -> bytes:
    """The head of the request with the person's headers; `is_last` asks the app to close after its answer."""
    request, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    dropped = (*PLATFORM_HEADERS, b"connection:", b"keep-alive:") if is_last else PLATFORM_HEADERS
    kept = [line for line in lines if not line.lower().startswith(dropped)]
    host = next((line.partition(b":")[2].strip() for line in kept if line.lower().startswith(b"host:")), b"")
    given = {**headers, "X-Real-Ip": ADDRESS, "X-Request-Id": str(uuid4())}
    added = [f"{name}: {value}".encode() for name, value in given.items()]
    end = [b"Connection: close"] if is_last else []
    return b"\r\n".join([request, *kept, b"X-Forwarded-Host: " + host, *added, *end, b"", b""])
