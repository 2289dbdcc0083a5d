"""Failures on demand: a test queues faults, and the next requests meet them."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from local.workspace.errors import Finished, databricks_error

HOLD_POLL_SECONDS = 0.005


@dataclass
class Fault:
    """One failure. A "chunk" is one event of the stream, or one entry of `chunks`; counts start at 0.

    `status` refuses, with `message` in Databricks' error shape, or with `body`, or with a gateway's page if `html`.
    `delay_seconds` come before the first byte. After `cut_after` chunks the TCP connection is dropped; after
    `error_after` the stream ends with `error` under HTTP 200; from chunk `hold_after` on each waits for a `release()`.
    `chunks` are sent, verbatim and one write each, instead of the agent's answer.

    An assessment is written before its answer, which is one chunk: `cut_after=0` loses it, `hold_after=0` delays it.
    """

    status: int | None = None
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | str | bytes | None = None
    html: bool = False
    delay_seconds: float = 0.0
    cut_after: int | None = None
    error_after: int | None = None
    error: Mapping[str, Any] = field(default_factory=lambda: {"error": "The agent failed."})
    hold_after: int | None = None
    without_done: bool = False
    chunks: Sequence[bytes] | None = None
    content_type: str | None = None
    interval_seconds: float = 0.0
    _permits: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0), repr=False, compare=False)
    _is_open: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def release(self, chunks: int = 1) -> None:
        self._permits.release(chunks)

    def release_all(self) -> None:
        self._is_open.set()

    def response(self) -> Response:
        """The refusal."""
        status = self.status or 500
        if self.html:
            page = f"<html><head><title>{status} Error</title></head><body><h1>{status} Error</h1></body></html>"
            return Response(page, status, dict(self.headers), "text/html")
        body = self.body
        if body is None:
            body = databricks_error(status, self.message or f"The local workspace was told to {status}.")
        if isinstance(body, Mapping):
            return Response(json.dumps(body), status, dict(self.headers), "application/json")
        return Response(body, status, dict(self.headers), "text/plain")

    async def hold(self, chunk: int, closing: asyncio.Event) -> None:
        if self.hold_after is None or chunk < self.hold_after:
            return
        while not (self._is_open.is_set() or closing.is_set() or self._permits.acquire(blocking=False)):
            await asyncio.sleep(HOLD_POLL_SECONDS)


class FaultQueue:
    """The faults for one kind of request, first in, first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._standing: Fault | None = None
        self._lock = threading.Lock()

    def next(self, *, times: int = 1, **fault: Any) -> Fault:
        """Queue the fault for the next `times` requests; keyword arguments are those of Fault."""
        made = Fault(**fault)
        with self._lock:
            self._waiting += [made] * times
        return made

    def always(self, **fault: Any) -> Fault:
        """Apply the fault to every request until `clear`, whenever no other is queued."""
        self._standing = Fault(**fault)
        return self._standing

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._standing = None

    def take(self) -> Fault:
        with self._lock:
            return self._waiting.pop(0) if self._waiting else self._standing or Fault()


class Faults:
    """One queue for each kind of request; `invocations` are requests to agents, not those for titles.

    `lakebase` are requests for projects and what they contain, `instances` those for provisioned instances.
    `genie` are the questions to Genie, `genie_looks` the requests that ask how far it is. `deployments` are those of an
    app's code: `message` alone lets one fail with it once it has begun, `hold_after=0` lets one never end.
    """

    def __init__(self) -> None:
        self.invocations = FaultQueue()
        self.titles = FaultQueue()
        self.discovery = FaultQueue()
        self.token = FaultQueue()
        self.credentials = FaultQueue()
        self.lakebase = FaultQueue()
        self.instances = FaultQueue()
        self.assessments = FaultQueue()
        self.files = FaultQueue()
        self.genie = FaultQueue()
        self.genie_looks = FaultQueue()
        self.genie_results = FaultQueue()
        self.genie_feedback = FaultQueue()
        self.apps = FaultQueue()
        self.deployments = FaultQueue()
        self.me = FaultQueue()
        self.permissions = FaultQueue()
        self.experiments = FaultQueue()
        self.catalog = FaultQueue()
        self.supervisors = FaultQueue()
        self.closing = asyncio.Event()

    def clear(self) -> None:
        for queue in vars(self).values():
            if isinstance(queue, FaultQueue):
                queue.clear()

    async def meet(self, queue: FaultQueue) -> Fault:
        """Delays or refuses as the next fault says; raises Finished. The caller applies the rest of the fault."""
        fault = queue.take()
        if fault.status is not None:
            await self.pause(fault.delay_seconds)
            raise Finished(fault.response())
        if fault.chunks is None and queue not in (self.invocations, self.titles):
            await self.pause(fault.delay_seconds)
        return fault

    async def pause(self, seconds: float) -> None:
        """Sleep; ends early when the server stops."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.closing.wait(), seconds)
