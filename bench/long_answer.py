"""A very long answer, sent as fast as it is read: what it costs, and how long another user waits meanwhile."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import httpx
from httpx_sse import aconnect_sse

from bench.figures import Row, as_ms, p99
from bench.stage import IDENTITY, Stage

MEGABYTES = (1, 4, 16, 30)
TIMEOUT_SECONDS = 600.0
OTHERS_EVERY_SECONDS = 0.02
OTHERS_P99_SECONDS = 0.1
MOST_GROWTH = 1.5
DONE = "[DONE]"
STORED = "SELECT status, length(content) FROM chat.messages WHERE chat_id = %s AND role = 'assistant'"


@dataclass(frozen=True)
class Cost:
    """From the question to the end of its answer; `cpu_seconds` is what the process that reads the agent used."""

    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s CPU"


def measure(stage: Stage) -> list[Row]:
    rows: list[Row] = []
    of_one: Cost | None = None
    for megabytes in MEGABYTES[:2] if stage.is_quick else MEGABYTES:
        chars = megabytes * 1_000_000
        asyncio.run(_bare(stage.flood_url, chars))  # the agent prepares its answer
        bare = asyncio.run(_bare(stage.flood_url, chars))
        ours, waits, is_whole = _through_app(stage, chars)
        of_one = of_one or ours
        growth = ours.cpu_seconds / megabytes / of_one.cpu_seconds
        compared = f"{ours.seconds / bare.seconds:.1f}x, {ours.cpu_seconds / bare.cpu_seconds:.1f}x CPU"
        what = f"an answer of {megabytes} MB{'' if is_whole else ', NOT WHOLE'}"
        budget = f"≤ {MOST_GROWTH}x CPU a MB"
        rows += [
            Row(what, str(ours), str(bare), compared, budget, is_whole and growth <= MOST_GROWTH),
            Row(
                "  others meanwhile, light requests",
                f"{as_ms(waits)}, at most {max(waits) * 1000:.0f} ms",
                "",
                f"{growth:.2f}x CPU a MB",
                f"p99 ≤ {OTHERS_P99_SECONDS * 1000:.0f} ms",
                p99(waits) <= OTHERS_P99_SECONDS,
            ),
        ]
    return rows


async def _bare(url: str, chars: int) -> Cost:
    """Read the stream directly: parse each event and keep the text."""
    began, cpu_began, said = time.perf_counter(), time.process_time(), []
    body = {"stream": True, "input": [{"role": "user", "content": str(chars)}]}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
        aconnect_sse(client, "POST", url, json=body) as it,
    ):
        async for event in it.aiter_sse():
            said.append(json.loads(event.data).get("delta", "") if event.data != DONE else "")
    if len("".join(said)) != chars:
        raise SystemExit("The agent did not say all of it.")
    return Cost(time.perf_counter() - began, time.process_time() - cpu_began)


def _through_app(stage: Stage, chars: int) -> tuple[Cost, list[float], bool]:
    """The app's cost, the seconds of each light request of another user meanwhile, and whether all was stored."""
    app, chat_id, waits = stage.app_of_flood, str(uuid4()), list[float]()
    cpu_began = app.cpu_seconds()
    seconds = asyncio.run(_asked(app.url, chat_id, chars, waits))
    cpu_seconds = app.cpu_seconds() - cpu_began
    with stage.admin() as admin:
        admin.execute(STORED, (chat_id,))
        is_whole = admin.fetchall() == [("complete", chars)]
    return Cost(seconds, cpu_seconds), waits, is_whole


async def _asked(url: str, chat_id: str, chars: int, waits: list[float]) -> float:
    others = asyncio.create_task(light_requests(url, waits))
    began = time.perf_counter()
    said = {"id": str(uuid4()), "role": "user", "content": str(chars)}
    body = {"id": chat_id, "messages": [said]}
    client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, headers=IDENTITY)
    async with client, client.stream("POST", "/api/chat", json=body) as response:
        response.raise_for_status()
        async for _ in response.aiter_raw():
            pass
    seconds = time.perf_counter() - began
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    return seconds


async def light_requests(url: str, waits: list[float]) -> None:
    """Repeat a light request until cancelled; the one that is then unanswered counts too."""
    headers = {"X-Forwarded-Email": "bob@example.com"}
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers=headers) as client:
        while True:
            began = time.perf_counter()
            try:
                (await client.get(f"{url}/api/history", params={"limit": 1})).raise_for_status()
            finally:
                waits.append(time.perf_counter() - began)
            await asyncio.sleep(OTHERS_EVERY_SECONDS)
