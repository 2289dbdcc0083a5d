"""Two hundred answers at once that nobody watches: are all stored whole, and what do they cost?"""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from bench.agents import TOKENS_A_SECOND, tokens
from bench.figures import Row
from bench.stage import IDENTITY, Stage
from local.app import AppProcess

TURNS = 200
TOKENS = 500
TIMEOUT_SECONDS = 60.0
STORED = """
SELECT count(*) FILTER (WHERE status = 'complete' AND content = %s), count(*)
  FROM chat.messages
 WHERE chat_id = ANY(CAST(%s AS uuid[]))
   AND role = 'assistant'
"""
RUNNING = "SELECT count(*) FROM chat.turns WHERE status = 'running'"


def measure(stage: Stage) -> list[Row]:
    app, chats = stage.app, [str(uuid4()) for _ in range(TURNS)]
    bare_cpu_seconds, bare_seconds = _bare(stage.paced_url)
    before = app.cpu_seconds()
    with stage.admin() as admin:
        took_seconds = _timed(lambda: _through_app(app, chats, admin))
        cpu_seconds = app.cpu_seconds() - before
        admin.execute(STORED, ("".join(tokens()[:TOKENS]), chats))
        whole, written = admin.fetchone()
    ratio = f"{cpu_seconds / bare_cpu_seconds:.1f}x CPU" if bare_cpu_seconds else ""
    ideal_seconds = TOKENS / TOKENS_A_SECOND
    return [
        Row(
            f"{TURNS} answers at once, unwatched",
            f"{whole} of {TURNS} whole, {written - whole} broken, {cpu_seconds / took_seconds:.0%} of a core",
            f"{bare_cpu_seconds / bare_seconds:.0%} of a core, {bare_seconds:.1f} s",
            f"{ratio}, {took_seconds:.1f} s for {ideal_seconds:.0f} s",
            "none lost",
            whole == TURNS,
        )
    ]


def _bare(agent_url: str) -> tuple[float, float]:
    """CPU seconds and seconds of 200 readers that discard the same streams."""
    began = time.process_time()
    took_seconds = _timed(lambda: asyncio.run(_read_all(agent_url)))
    return time.process_time() - began, took_seconds


async def _read_all(agent_url: str) -> None:
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=httpx.Limits()) as client:
        body = {"stream": True, "input": [{"role": "user", "content": str(TOKENS)}]}
        await asyncio.gather(*(_read(client, agent_url, body) for _ in range(TURNS)))


async def _read(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> None:
    async with client.stream("POST", url, json=body) as response:
        async for _ in response.aiter_raw():
            pass


def _through_app(app: AppProcess, chats: list[str], admin: Any) -> None:
    asyncio.run(_ask_all(app, chats))
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        admin.execute(RUNNING)
        if admin.fetchone()[0] == 0:
            return
        time.sleep(0.1)


async def _ask_all(app: AppProcess, chats: list[str]) -> None:
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=httpx.Limits(), headers=IDENTITY) as client:
        await asyncio.gather(*(_ask(client, app, chat_id) for chat_id in chats))


async def _ask(client: httpx.AsyncClient, app: AppProcess, chat_id: str) -> None:
    """Ask and leave at once."""
    said = {"id": str(uuid4()), "role": "user", "content": str(TOKENS)}
    body = {"id": chat_id, "messages": [said]}
    async with client.stream("POST", f"{app.url}/api/chat", json=body) as response:
        response.raise_for_status()


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
