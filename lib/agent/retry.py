"""Ask an agent exactly once: a question is sent again only where the agent cannot have run."""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from lib.agent.endpoints.agent import Agent
from lib.agent.formats.request import Notice, without_streaming
from lib.agent.http.refusals import Refused, Unreached
from lib.agent.http.transport import Limits, Post, Transport
from lib.agent.question import Ask

MAX_PAUSE_SECONDS = 15.0
CONNECT_ATTEMPTS = 3
WAKING = "The agent is waking up…"
BUSY = "The agent is busy. Asking again in a moment…"
UNREACHED = "The agent cannot be reached yet. Trying again…"
WAITING = frozenset({WAKING, BUSY, UNREACHED})
"""What only matters until the answer begins."""


async def messages(agent: Agent, ask: Ask, transport: Transport, notice: Notice) -> AsyncGenerator[str, None]:
    """The raw messages of the one answer. Raises AgentFailed."""
    call = _Call(agent, ask, transport, _once(notice))
    post = await call.first()
    while True:
        begun = False
        try:
            async with aclosing(transport.messages(post)) as found:
                async for raw in found:
                    if not begun and (refusal := _refusal_in(raw, is_stream=bool(post.body.get("stream")))):
                        raise refusal
                    begun = True
                    yield raw
            return
        except (Refused, Unreached) as failure:
            if begun:
                raise
            post = await call.again(post, failure)


class _Call:
    """What may still be tried for one question; each remedy once, and waiting for a bounded time."""

    def __init__(self, agent: Agent, ask: Ask, transport: Transport, notice: Notice) -> None:
        self._agent = agent
        self._ask = ask
        self._transport = transport
        self._notice = notice
        self._patience = Patience(transport.limits)
        self._has_learned = False

    async def first(self) -> Post:
        return await self._agent.post(self._ask, self._transport, self._notice)

    async def again(self, post: Post, failure: Refused | Unreached) -> Post:
        """The next request. Raises `failure` when there is none to make."""
        if isinstance(failure, Unreached):
            await self._wait(failure, UNREACHED)
            return post
        if failure.is_of_streaming and post.body.get("stream"):
            is_field_known = not failure.is_of_unknown_field
            return replace(post, body=without_streaming(post.body, is_field_known=is_field_known))
        if failure.may_pass:
            await self._wait(failure, BUSY if failure.status == 429 else WAKING)
            return post
        if not self._has_learned and self._agent.learn(post, failure):
            if failure.status == 404:
                await self._wait(failure, WAKING)
            else:
                self._has_learned = True
            return await self.first()
        raise failure

    async def _wait(self, failure: Refused | Unreached, sentence: str) -> None:
        pause_seconds = self._patience.pause_seconds(failure)
        if pause_seconds is None:
            raise failure
        self._notice(sentence)
        await asyncio.sleep(pause_seconds)


class Patience:
    """How long to wait before asking again."""

    def __init__(self, limits: Limits) -> None:
        self._wake_seconds = limits.wake_seconds
        self._deadline: float | None = None
        self._next_seconds = limits.first_pause_seconds
        self._unreached = 0

    def pause_seconds(self, failure: Refused | Unreached) -> float | None:
        """At least what the agent asks for, longer each time; None when there is no more waiting."""
        # From the first refusal on: what the workspace took before is not the agent's.
        self._deadline = self._deadline or time.monotonic() + self._wake_seconds
        self._unreached += isinstance(failure, Unreached)
        asked = failure.retry_after_seconds if isinstance(failure, Refused) else None
        pause = max(asked or 0.0, self._next_seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, no secret
        self._next_seconds = min(self._next_seconds * 2, MAX_PAUSE_SECONDS)
        is_over = time.monotonic() + pause > self._deadline or self._unreached >= CONNECT_ATTEMPTS
        return None if is_over else pause


def _refusal_in(raw: str, *, is_stream: bool) -> Refused | None:
    """Some servers refuse under HTTP 200: to stream, or the form of the question."""
    if '"error"' not in raw[:200]:
        return None
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or isinstance(data.get("choices"), list):
        return None
    refusal = Refused(400, raw)
    if is_stream and refusal.is_of_streaming:
        return refusal
    # Other words than those of Python may be those of an agent that has run.
    refusal = Refused(500, raw)
    return refusal if refusal.wanted_format else None


def _once(notice: Notice) -> Notice:
    """A sentence is told when it is new."""
    told: list[str] = [""]

    def tell(sentence: str) -> None:
        if sentence != told[-1]:
            told.append(sentence)
            notice(sentence)

    return tell
