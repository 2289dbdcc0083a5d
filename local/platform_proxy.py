"""A stand-in for the Databricks Apps proxy: it adds the identity headers and limits how long a connection lasts."""

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from local.proxy_connection import ADDRESS, Admit, Limits, ProxyConnection

HEAD_BYTES = 64 * 1024
START_SECONDS = 10.0
CHECK_SECONDS = 0.05
UNLIMITED = Limits()
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""Of one person, whose browser is signed in."""
DATABRICKS = Limits(idle_seconds=60, request_seconds=120, websocket_seconds=300)


def identity(email: str, name: str = "", access_token: str = "") -> dict[str, str]:
    """The identity headers of one person, the same at every visit."""
    given = {
        "X-Forwarded-Email": email,
        "X-Forwarded-Preferred-Username": name,
        "X-Forwarded-User": f"{uuid5(NAMESPACE_URL, email).int % 10**16}@1",
        "X-Forwarded-Access-Token": access_token,
    }
    return {header: value for header, value in given.items() if value}


class PlatformProxy:
    """A proxy in front of an app for one person, on a port of its own, running while the context is entered.

    `app_url`, `headers` and `limits` may be set at any time; new limits hold for open connections too. `headers` are
    added to each HTTP request and to the one that opens a WebSocket, but to nothing that is sent over it later.

    With `admit` set, each request says itself whose it is, and `headers` are not used.
    """

    def __init__(
        self, app_url: str, headers: Headers, limits: Limits = UNLIMITED, *, admit: Admit | None = None
    ) -> None:
        self.url = ""
        self.app_url = app_url
        self.headers = headers
        self.limits = limits
        self._admit = admit
        self.is_shut = False
        self.websockets_cut = 0
        """How many WebSockets were cut, by a limit or by `cut`."""
        self._requests: set[asyncio.Task[None]] = set()
        self._connections: set[ProxyConnection] = set()
        self._is_started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="platform-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._is_started.wait(START_SECONDS):
            raise RuntimeError("The proxy did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def shut(self) -> None:
        """Cut every connection and refuse new ones until `open`."""
        self.is_shut = True
        self.cut()

    def open(self) -> None:
        self.is_shut = False

    def cut(self) -> int:
        """Cut every connection; returns how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut_all(), self._loop).result()

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        with socket.create_server((ADDRESS, 0)) as listener:
            listener.setblocking(False)
            address = listener.getsockname()
            self.url = f"http://{ADDRESS}:{address[1]}"
            accepting = asyncio.create_task(self._accept(listener))
            self._is_started.set()
            while not self._stopping.is_set():
                self._cut([connection for connection in self._connections if connection.is_over])
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await self._stopping.wait()
            # One more connection wakes the accept loop, so that it sees the end.
            with socket.create_connection(address):
                await accepting
        while self._requests:
            self._cut(list(self._connections))
            await asyncio.wait(self._requests, timeout=CHECK_SECONDS)

    async def _accept(self, listener: socket.socket) -> None:
        """Accept until the proxy ends. Asyncio's own server may lose a connection that arrives while it closes."""
        while not self._stopping.is_set():
            client, _ = await self._loop.sock_accept(listener)
            if self.is_shut or self._stopping.is_set():
                client.close()
                continue
            request = asyncio.create_task(self._serve(client))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    async def _serve(self, client: socket.socket) -> None:
        connection = ProxyConnection(*await asyncio.open_connection(sock=client, limit=HEAD_BYTES), lambda: self.limits)
        self._connections.add(connection)
        app = urlsplit(self.app_url)
        await connection.run(app.hostname or ADDRESS, app.port or 80, self._admit or self._signed_in)
        self._connections.discard(connection)

    def _signed_in(self, _: str) -> Mapping[str, str]:
        return self.headers if isinstance(self.headers, Mapping) else self.headers()

    async def _cut_all(self) -> int:
        cut = list(self._connections)
        self._cut(cut)
        for connection in cut:
            await connection.ended.wait()
        return len(cut)

    def _cut(self, connections: list[ProxyConnection]) -> None:
        for connection in connections:
            self.websockets_cut += connection.is_websocket
            connection.cut()
