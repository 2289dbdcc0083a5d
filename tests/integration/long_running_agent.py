"""A stand-in for an agent behind Databricks' long-running agent server, which speaks as the real one does over HTTP.

It follows databricks-ai-bridge 0.22: events numbered from 0 that all carry `response_id`, [DONE] after a complete
response and nothing after a failed one, `starting_after=0` for all events, 501 for cancel. A test decides how far it
has come.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.workspace.server import Server

Json = dict[str, Any]
POLL_SECONDS = 0.005


def words(text: str, id: str = "m1") -> list[Json]:
    """A message, a word an event, and its end."""
    pieces = [f"{word} " for word in text.split()]
    deltas = [{"type": "response.output_text.delta", "item_id": id, "delta": piece} for piece in pieces]
    return [*deltas, done("".join(pieces), id)]


def done(text: str, id: str = "m1") -> Json:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "response.output_item.done", "item": {"type": "message", "id": id, "content": content}}


def failed(message: str) -> Json:
    return {"type": "error", "error": {"message": message, "type": "server_error", "code": "task_failed"}}


@dataclass
class Run:
    id: str
    events: list[Json] = field(default_factory=list)
    status: str = "in_progress"


class LongRunningAgent:
    """Runs while the context is entered. Every question gets the same events."""

    def __init__(self, events: list[Json], *, offers_background: bool = True, cancels: bool = False) -> None:
        """Without `offers_background` it is MLflow's plain agent server, which ignores the field."""
        self.events = events
        self.offers_background = offers_background
        self.cancels = cancels
        self.limit = math.inf
        """How many events a run may have made by now."""
        self.is_silent = False
        """Streams bring nothing, and end at once."""
        self.runs: dict[str, Run] = {}
        self.seen: list[str] = []
        """Method and path of every request."""
        self.bodies: list[Json] = []
        self.refusal: Json | None = None
        """Why the next request is refused."""
        self.status = 200
        """What every GET is answered with."""
        self._tasks: set[asyncio.Task[None]] = set()
        routes = [
            Route("/{start:str}", self._start, methods=["POST"]),
            Route("/openapi.json", self._openapi),
            Route("/responses/{id}", self._read),
            Route("/responses/{id}/cancel", self._cancel, methods=["POST"]),
        ]
        self._server = Server(Starlette(routes=routes), 0, on_stop=lambda: [task.cancel() for task in self._tasks])

    @property
    def port(self) -> int:
        return self._server.port

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def forget(self) -> None:
        self.runs.clear()

    async def _openapi(self, request: Request) -> Response:
        more = {"/responses/{response_id}": {"get": {}}} if self.offers_background else {}
        return JSONResponse(
            {"openapi": "3.1.0", "paths": {"/invocations": {"post": {}}, "/agent/info": {"get": {}}, **more}}
        )

    async def _start(self, request: Request) -> Response:
        body = await request.json()
        self.seen.append(f"POST {request.url.path}")
        self.bodies.append(body)
        if self.refusal:
            refusal, self.refusal = self.refusal, None
            return JSONResponse(refusal, status_code=400)
        run = Run(f"resp_{len(self.runs):024x}")
        if self.offers_background and body.get("background"):
            self.runs[run.id] = run
            self._run(run)
            return self._streamed(request, run, 0)
        return StreamingResponse(self._plain(), media_type="text/event-stream")

    def _run(self, run: Run) -> None:
        task = asyncio.create_task(self._make(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, run: Run) -> None:
        for event in self.events:
            while len(run.events) >= self.limit:
                await asyncio.sleep(POLL_SECONDS)
            if run.status != "in_progress":
                return
            run.events.append({**event, "sequence_number": len(run.events), "response_id": run.id})
        run.status = "failed" if self.events[-1]["type"] == "error" else "completed"

    async def _plain(self) -> AsyncIterator[bytes]:
        for event in self.events[: self.limit if math.isfinite(self.limit) else None]:  # type: ignore[misc]
            yield _sse(event)
        if math.isinf(self.limit):
            yield b"data: [DONE]\n\n"

    async def _read(self, request: Request) -> Response:
        self.seen.append(f"GET {request.url.path}?{request.url.query}".rstrip("?"))
        run = self.runs.get(request.path_params["id"])
        if self.status != 200:
            return JSONResponse({"detail": "not now"}, status_code=self.status)
        if run is None:
            return JSONResponse({"detail": "Response not found"}, status_code=404)
        if request.query_params.get("stream") == "true":
            return self._streamed(request, run, int(request.query_params.get("starting_after", 0)))
        errors = [event["error"] for event in run.events if event["type"] == "error"]
        items = [event["item"] for event in run.events if event["type"] == "response.output_item.done"]
        more = {"completed": {"output": items}, "failed": {"error": errors[:1]}}.get(run.status, {})
        return JSONResponse({"id": run.id, "status": run.status, **more, "attempt_number": 1})

    async def _cancel(self, request: Request) -> Response:
        self.seen.append(f"POST {request.url.path}")
        if not self.cancels:
            return JSONResponse({"detail": "Cancellation is not yet implemented."}, status_code=501)
        self.runs[request.path_params["id"]].status = "cancelled"
        return JSONResponse({"status": "cancelled"})

    def _streamed(self, request: Request, run: Run, after: int) -> Response:
        return StreamingResponse(self._events(request, run, after), media_type="text/event-stream")

    async def _events(self, request: Request, run: Run, after: int) -> AsyncIterator[bytes]:
        sent = after + 1 if after else 0
        while not (self.is_silent or await request.is_disconnected()):
            status = run.status
            while sent < len(run.events):
                yield _sse(run.events[sent])
                sent += 1
            if status == "completed":
                yield b"data: [DONE]\n\n"
            if status != "in_progress":
                return
            await asyncio.sleep(POLL_SECONDS)


def _sse(event: Json) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()
