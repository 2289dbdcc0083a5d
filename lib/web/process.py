"""Starts and ends the process.

At the start, the lifespan sets up the log, the limit of open files, the sockets and telemetry, and then the runtime,
which loads the SDK, connects to the database and recovers dead turns. The server answers requests only after that.

At the end, on SIGTERM, the server waits for open event streams before it runs the end of the lifespan. Therefore the
signal handler sets `closing`, and the streams close themselves when they see it. Then the lifespan stops the runtime,
which drains the turns and closes the database, and then telemetry, so that it hears of how the turns ended.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import FrameType
from typing import Any

from lib.errors import NotConfigured
from lib.runtime import Runtime
from lib.telemetry import telemetry
from lib.web.gauges import gauges
from lib.web.open_files import allow_all_open_files

log = logging.getLogger("lakechat")


def lifespan(
    runtime: Callable[[], Runtime], open_sessions: Callable[[], int]
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """The ASGI lifespan that starts and stops the runtime. `open_sessions`: how many browser tabs are connected."""

    @asynccontextmanager
    async def life(_app: Any) -> AsyncIterator[None]:
        _log_to_stderr()
        allow_all_open_files()
        _send_small_writes_at_once()
        process = _configured(runtime)
        if process:
            _log_to_stderr(process.settings.log_level)
            _set_closing_on_sigterm(process)
            end_telemetry = telemetry.start(os.environ, gauges(process, open_sessions))
            await asyncio.to_thread(process.start)
        # What is loaded now stays for the life of the process, so later collections need not scan it.
        gc.collect()
        gc.freeze()
        yield
        if process:
            await asyncio.to_thread(process.stop)
            await asyncio.to_thread(end_telemetry)

    return life


def _log_to_stderr(level: str = "INFO") -> None:
    root = logging.getLogger("lakechat")
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        root.addHandler(handler)
    root.setLevel(level)
    root.propagate = False


def _configured(runtime: Callable[[], Runtime]) -> Runtime | None:
    """None if settings are missing or wrong. The process runs on, so that the page can show the problems."""
    try:
        return runtime()
    except NotConfigured as error:
        log.error("Not set up: %s", error)
        return None


def _set_closing_on_sigterm(process: Runtime) -> None:
    """Set `closing` first, then call the server's own handler, which waits for the event streams."""
    server_handler = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        process.closing = True
        if callable(server_handler):
            server_handler(number, frame)

    signal.signal(signal.SIGTERM, handle)


def _send_small_writes_at_once() -> None:
    """Turn off Nagle's algorithm, which Streamlit leaves on and which delays small responses by 44 ms."""

    def no_delay(sock: socket.socket) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    asyncio.base_events._set_nodelay = no_delay  # type: ignore[attr-defined]
