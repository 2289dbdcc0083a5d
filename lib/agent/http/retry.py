"""Makes an agent run exactly once: a request is sent again only if the agent cannot have run.

An agent that has sent a message has run, so only the attempt to get the first message is repeated. The messages after
it are passed on outside of the retry loop, where no failure leads to another request.

There are two kinds of remedy. If the agent is busy, waking up or unreachable, the same request is sent again after a
pause. If the agent refuses streaming or the format, another request is sent at once.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from lib.agent.formats.request import without_streaming
from lib.agent.http.refusals import Refused, Unreached
from lib.agent.http.transport import AgentRequest, Transport
from lib.agent.prompt import Notify, Pause, Prompt

MAX_PAUSE_SECONDS = 15.0
CONNECT_ATTEMPTS = 3
WAKING = "The agent is waking up."
BUSY = "The agent is busy."
UNREACHED = "The agent cannot be reached."

Stream = AsyncGenerator[str, None]


class Requests(Protocol):
    """Builds the requests to one agent."""

    async def request(self, prompt: Prompt, transport: Transport, notify: Notify) -> AgentRequest:
        """The request for this prompt. Raises AgentFailed."""

    def adapt(self, request: AgentRequest, refusal: Refused) -> bool:
        """Change what the next request is like, according to the refusal. Returns whether it could succeed."""


async def messages(agent: Requests, prompt: Prompt, transport: Transport, notify: Notify) -> Stream:
    """The raw messages of the answer. Raises AgentFailed."""
    first, rest = await _Attempts(agent, prompt, transport, notify).first_message()
    async with aclosing(rest):
        if first is not None:
            yield first
        async for raw in rest:
            yield raw


class _Attempts:
    """The requests made for one prompt. Each change of the request is tried once, and the total wait is limited."""

    def __init__(self, agent: Requests, prompt: Prompt, transport: Transport, notify: Notify) -> None:
        self._agent = agent
        self._prompt = prompt
        self._transport = transport
        self._notify = notify
        self._request: AgentRequest | None = None
        """The request to send next; None if the agent must build a new one."""
        self._has_adapted = False
        self._reason_to_wait = ""
        """Why there is a pause before the next request; empty if there is none."""
        self._unreached = 0
        self._deadline: float | None = None
        self._backoff = wait_exponential(multiplier=transport.limits.first_pause_seconds, max=MAX_PAUSE_SECONDS)

    async def first_message(self) -> tuple[str | None, Stream]:
        """The first message (None if the answer is empty) and the stream of the others, which the caller closes."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._find_remedy),
            wait=self._pause_seconds,
            stop=self._is_over,
            before_sleep=self._notify_of_pause,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return await retrying(self._open)

    async def _open(self) -> tuple[str | None, Stream]:
        self._request = self._request or await self._agent.request(self._prompt, self._transport, self._notify)
        stream = self._transport.messages(self._request)
        first = await anext(stream, None)
        if first and (refusal := _refusal_in(first, is_stream=bool(self._request.body.get("stream")))):
            await stream.aclose()
            raise refusal
        return first, stream

    def _find_remedy(self, failure: BaseException) -> bool:
        """Whether another request could succeed; prepares that request."""
        request, self._reason_to_wait = self._request, ""
        if isinstance(failure, Unreached):
            self._unreached += 1
            self._reason_to_wait = UNREACHED
        elif not isinstance(failure, Refused) or request is None:
            return False
        # The smallest change comes first.
        elif request.body.get("background") and self._agent.adapt(request, failure):
            self._request = None
        elif failure.refuses_streaming and request.body.get("stream"):
            is_field_known = not failure.refuses_unknown_field
            self._request = replace(request, body=without_streaming(request.body, is_field_known=is_field_known))
        elif failure.is_temporary:
            self._reason_to_wait = BUSY if failure.status == 429 else WAKING
        elif not self._has_adapted and self._agent.adapt(request, failure):
            self._request = None
            # The agent knows the endpoint from the workspace, so a 404 means that it may still be loading.
            self._reason_to_wait = WAKING if failure.status == 404 else ""
            self._has_adapted = failure.status != 404
        else:
            return False
        return True

    def _pause_seconds(self, state: RetryCallState) -> float:
        """Grows with each attempt, and is at least what the agent asks for."""
        if not self._reason_to_wait:
            return 0
        # The time counts from the first refusal, because the time before that was spent on the workspace.
        self._deadline = self._deadline or time.monotonic() + self._transport.limits.wake_seconds
        failure = state.outcome.exception() if state.outcome else None
        asked_for = failure.retry_after_seconds if isinstance(failure, Refused) else None
        return max(asked_for or 0.0, self._backoff(state) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, no secret

    def _is_over(self, state: RetryCallState) -> bool:
        if not self._reason_to_wait or self._deadline is None:
            return False
        return time.monotonic() + state.upcoming_sleep > self._deadline or self._unreached >= CONNECT_ATTEMPTS

    def _notify_of_pause(self, state: RetryCallState) -> None:
        if self._reason_to_wait and self._deadline is not None:
            failure = state.outcome.exception() if state.outcome else None
            said = failure.error.sentence if isinstance(failure, Refused) else ""
            ends_at = time.monotonic() + state.upcoming_sleep
            self._notify(Pause(self._reason_to_wait, said, ends_at, self._deadline))


def _refusal_in(raw: str, *, is_stream: bool) -> Refused | None:
    """Some servers respond with HTTP 200 when they refuse streaming or the format of the request."""
    if '"error"' not in raw[:200]:
        return None
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or isinstance(data.get("choices"), list):
        return None
    refusal = Refused(400, raw)
    if is_stream and refusal.refuses_streaming:
        return refusal
    # Status 500 lets only Python's KeyError count as a refusal: any other text may come from an agent that has run.
    refusal = Refused(500, raw)
    return refusal if refusal.wanted_format else None
