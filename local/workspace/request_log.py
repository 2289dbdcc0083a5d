"""Records every request, so that tests can count and inspect what really arrived."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 32 * 2**20
KEY = "lakechat.record"


@dataclass
class Recorded:
    """One request. `headers` hold tokens, so the repr leaves them out; `caller` is set once the token was accepted."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    caller: str | None = None
    status: int | None = None
    complete: bool = False  # the whole answer was handed to the network
    closed_by_client: bool = False  # the client left while the answer was streaming

    @property
    def json(self) -> Any:
        """None when the body is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class RequestLog:
    """Oldest first; safe to read while the server runs."""

    def __init__(self) -> None:
        self._items: list[Recorded] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Recorded]:
        with self._lock:
            return iter(list(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Recorded:
        return list(self)[index]

    def add(self, item: Recorded) -> None:
        with self._lock:
            self._items.append(item)

    def clear(self) -> None:
        with self._lock:
            self._items.clear()

    def to(self, path: str, method: str | None = None) -> list[Recorded]:
        """The requests whose path contains `path`."""
        return [item for item in self if path in item.path and method in (None, item.method)]

    @property
    def invocations(self) -> list[Recorded]:
        """The requests to agents at any address, without those for titles."""
        paths = ("/invocations", "/responses", "/chat/completions")
        return [item for item in self if item.path.endswith(paths) and "/demo-titles/" not in item.path]

    def wait_for(self, path: str, count: int = 1, timeout_seconds: float = 60.0) -> list[Recorded]:
        """Waits for that many requests to `path`; raises TimeoutError."""
        deadline = time.monotonic() + timeout_seconds
        while len(found := self.to(path)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} of {count} requests to {path} came")
            time.sleep(0.005)
        return found


class Recorder:
    """ASGI middleware: reads the whole body, records the request, hands both on."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        item = Recorded(
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            await _read(receive),
        )
        self._log.add(item)
        pending: list[Message] = [{"type": "http.request", "body": item.body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                item.status = message["status"]
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body") and not item.closed_by_client:
                item.complete = True

        await self._app({**scope, KEY: item}, replay, watch)


async def _read(receive: Receive) -> bytes:
    """Stops a little over the largest size that any API accepts."""
    body = bytearray()
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(body)
