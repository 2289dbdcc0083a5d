"""The lifespan of the process: its start and its end.

Start: log, limits, sockets, then the runtime (SDK, database, recovery of dead turns), and only then is anything
served. End, on SIGTERM: `closing` is set in the signal handler, because the server waits for open event streams before
it runs the lifespan's end, and they close themselves when they see it. Then the runtime drains the turns and disposes
of the engine.
"""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import FrameType
from typing import Any

from lib.errors import NotConfigured
from lib.runtime import Runtime
from lib.web.open_files import allow_all_open_files

log = logging.getLogger("lakechat")


def lifespan(runtime: Callable[[], Runtime]) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """The ASGI lifespan of an app around its one runtime."""

    @asynccontextmanager
    async def life(_app: Any) -> AsyncIterator[None]:
        _log_to_stderr()
        allow_all_open_files()
        _send_small_writes_at_once()
        process = _configured(runtime)
        if process:
            _log_to_stderr(process.settings.log_level)
            _tell_at_termination(process)
            await asyncio.to_thread(process.start)
        # What is loaded by now stays loaded, so later collections need not scan it.
        gc.collect()
        gc.freeze()
        yield
        if process:
            await asyncio.to_thread(process.stop)

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
    """None if settings are missing or wrong: the process stays up, so that the page can say so."""
    try:
        return runtime()
    except NotConfigured as error:
        log.error("Not set up: %s", error)
        return None


def _tell_at_termination(process: Runtime) -> None:
    """Let open event streams end by themselves; the server waits for them before anything else ends."""
    before = signal.getsignal(signal.SIGTERM)

    def terminated(number: int, frame: FrameType | None) -> None:
        process.closing = True
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, terminated)


def _send_small_writes_at_once() -> None:
    """Streamlit's way of opening its socket leaves Nagle's algorithm on, which delays small answers by 44 ms."""

    def no_delay(sock: socket.socket) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    asyncio.base_events._set_nodelay = no_delay  # type: ignore[attr-defined]
