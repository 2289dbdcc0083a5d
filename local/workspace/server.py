"""An ASGI app behind a real socket: uvicorn in a thread, with control over its TCP connections."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

ADDRESS = "127.0.0.1"
START_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75  # longer than any test's pause: a server that closes an idle connection is another fault


class Server:
    """Runs from construction until `stop`; `on_stop` is called on the server's loop before connections are dropped."""

    def __init__(self, app: ASGIApp, port: int, on_stop: Callable[[], None]) -> None:
        self._connections: dict[tuple[str, int], asyncio.Transport] = {}
        self._on_stop = on_stop
        self._socket = socket.create_server((ADDRESS, port))
        # Where it is not set on the listening socket, a small answer on a kept connection waits for 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                http=self._protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._run, name="local-workspace", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        if not self._uvicorn.is_up.wait(START_SECONDS):
            raise RuntimeError("The local workspace did not start.")
        return self

    def stop(self) -> None:
        """Drops every open connection; a stream in progress ends there."""
        self._uvicorn.loop.call_soon_threadsafe(self._end)
        self._thread.join()

    async def drop(self, client: tuple[str, int]) -> None:
        """Aborts the client's TCP connection once everything written so far has left."""
        transport = self._connections[client]
        while transport.get_write_buffer_size():
            await asyncio.sleep(0.001)
        transport.abort()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._uvicorn.serve([self._socket]))

    def _end(self) -> None:
        self._on_stop()
        self._uvicorn.should_exit = True
        for transport in list(self._connections.values()):
            transport.abort()

    def _protocol(self) -> type[asyncio.Protocol]:
        connections = self._connections

        class Protocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                connections[transport.get_extra_info("peername")] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return Protocol


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()
        self.loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.is_up.set()
