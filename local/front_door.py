"""What Databricks Apps has between a browser and an app: it says who is asking, and no connection lasts for ever."""

import asyncio
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from local.relay import ADDRESS, Limits, Relay

HEAD_BYTES = 64 * 1024
START_SECONDS = 10.0
CHECK_SECONDS = 0.05
UNLIMITED = Limits()
DATABRICKS = Limits(idle_seconds=60, request_seconds=120, websocket_seconds=300)


def identity(email: str, name: str = "", access_token: str = "") -> dict[str, str]:
    """The headers of one person, the same whenever they come."""
    given = {
        "X-Forwarded-Email": email,
        "X-Forwarded-Preferred-Username": name,
        "X-Forwarded-User": f"{uuid5(NAMESPACE_URL, email).int % 10**16}@1",
        "X-Forwarded-Access-Token": access_token,
    }
    return {header: value for header, value in given.items() if value}


class FrontDoor:
    """One person's way to an app, at an address of its own. Open while it is entered.

    What is set on it holds from then on, `limits` for the connections that are open, too.
    """

    def __init__(self, app_url: str, headers: Mapping[str, str], limits: Limits = UNLIMITED) -> None:
        self.url = ""
        self.headers = headers
        self.limits = limits
        self.is_shut = False
        self.websockets_cut = 0
        """How many were, by themselves or on demand."""
        self._app = urlsplit(app_url)
        self._visits: set[asyncio.Task[None]] = set()
        self._relays: set[Relay] = set()
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._left: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="front-door", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._is_up.wait(START_SECONDS):
            raise RuntimeError("The front door did not open.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._left.set)
        self._thread.join()

    def shut(self) -> None:
        """Cut every connection and let nobody in until it is opened."""
        self.is_shut = True
        self.cut()

    def open(self) -> None:
        self.is_shut = False

    def cut(self) -> int:
        """Cut every connection; how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut_all(), self._loop).result()

    async def _run(self) -> None:
        self._loop, self._left = asyncio.get_running_loop(), asyncio.Event()
        with socket.create_server((ADDRESS, 0)) as listener:
            listener.setblocking(False)
            place = listener.getsockname()
            self.url = f"http://{ADDRESS}:{place[1]}"
            porter = asyncio.create_task(self._let_in(listener))
            self._is_up.set()
            while not self._left.is_set():
                self._cut([relay for relay in self._relays if relay.is_over])
                with suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS):
                        await self._left.wait()
            # One more visitor wakes the porter, who waits for one.
            with socket.create_connection(place):
                await porter
        while self._visits:
            self._cut(list(self._relays))
            await asyncio.wait(self._visits, timeout=CHECK_SECONDS)

    async def _let_in(self, listener: socket.socket) -> None:
        """Until the door closes for good. Asyncio's own server may lose a connection that comes in that moment."""
        while not self._left.is_set():
            visitor, _ = await self._loop.sock_accept(listener)
            if self.is_shut or self._left.is_set():
                visitor.close()
                continue
            visit = asyncio.create_task(self._serve(visitor))
            self._visits.add(visit)
            visit.add_done_callback(self._visits.discard)

    async def _serve(self, visitor: socket.socket) -> None:
        relay = Relay(*await asyncio.open_connection(sock=visitor, limit=HEAD_BYTES), lambda: self.limits)
        self._relays.add(relay)
        await relay.run(self._app.hostname or ADDRESS, self._app.port or 80, self.headers)
        self._relays.discard(relay)

    async def _cut_all(self) -> int:
        cut = list(self._relays)
        self._cut(cut)
        for relay in cut:
            await relay.ended.wait()
        return len(cut)

    def _cut(self, relays: list[Relay]) -> None:
        for relay in relays:
            self.websockets_cut += relay.is_websocket
            relay.cut()
