"""How many large questions are taken at once."""

import asyncio

import httpx
from fastapi import FastAPI, Request

from lib.api.body_limit import MAX_LARGE_QUESTIONS, BodyLimit
from lib.api.errors import add_error_handlers
from lib.api.openapi import MAX_BODY_BYTES


def test_only_so_many_large_questions_are_in_memory_at_once() -> None:
    asyncio.run(_ask_at_once())


async def _ask_at_once() -> None:
    api, came, go = FastAPI(), asyncio.Semaphore(0), asyncio.Event()
    add_error_handlers(api)
    api.add_middleware(BodyLimit)

    @api.post("/chat")
    async def chat(request: Request) -> int:
        await request.body()
        came.release()
        await go.wait()
        return 1

    large = b" " * (MAX_BODY_BYTES + 1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://app") as client:
        asked = [asyncio.create_task(client.post("/chat", content=large)) for _ in range(MAX_LARGE_QUESTIONS)]
        for _ in asked:
            await came.acquire()
        refused = await client.post("/chat", content=large)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
        small = asyncio.create_task(client.post("/chat", content=b" "))
        await came.acquire()
        go.set()
        answers = await asyncio.gather(*asked, small, client.post("/chat", content=large))
        assert {answer.status_code for answer in answers} == {200}
