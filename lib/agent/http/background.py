"""Follows an answer that the agent writes in the background, for as long as it takes.

The connection on which it began, and any other, may be cut: by a proxy after some minutes, by a restart of the agent.
The agent goes on meanwhile and numbers its events, so the follower asks for those behind the last one that it has. Only
these GET requests are repeated. When one has brought nothing, the follower asks for the status of the response: it may
have ended, the agent may have forgotten it, or be out of reach for a while, or only think.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lib.agent.events import DONE
from lib.agent.formats.responses.background import GOES_ON, BackgroundResponse
from lib.agent.formats.shared.values import dict_or_empty
from lib.agent.http.refusals import Refused
from lib.agent.http.retry import MAX_PAUSE_SECONDS, Stream
from lib.agent.http.transport import CONNECTION_LOST, AgentRequest, Transport
from lib.agent.prompt import Prompt
from lib.errors import AgentFailed

FORGOTTEN = "The agent no longer knows this answer, so the rest of it is lost. Try again."
TOOK_TOO_LONG = "The agent has worked on this answer for longer than this app waits."
_FORGOTTEN_STATUSES = (404, 410, 501)
_TEMPORARY_STATUSES = (408, 425, 429)
_PASSING = ("connection_lost", "timeout", "unreachable")
"""Failures after which the agent is asked again."""


class BackgroundAgent(Protocol):
    async def response_request(self, response_id: str, prompt: Prompt) -> AgentRequest:
        """The GET request for a response. Raises AgentFailed."""


async def is_offered(url: str, transport: Transport) -> bool:
    """Whether the server at this URL describes a route for responses that are read again. Raises AgentFailed."""
    status, data = await transport.look_up(urljoin(url, "/openapi.json"), {})
    paths = dict_or_empty(data).get("paths") if status == 200 else None
    return any(path.startswith("/responses/{") for path in dict_or_empty(paths))


async def followed(
    agent: BackgroundAgent, first: Stream, place: BackgroundResponse, prompt: Prompt, transport: Transport
) -> Stream:
    """The messages of `first`; if the agent works in the background, also those behind a cut. Raises AgentFailed."""
    follower, stream = _Follower(agent, place, prompt, transport), first
    while True:
        number_before = place.number
        try:
            async with aclosing(stream):
                async for raw in stream:
                    if place.takes(raw):
                        yield raw
        except AgentFailed as failure:
            if place.id is None or failure.failure == "too_long":
                raise
        if place.id is None or place.is_ended:
            return
        if place.number > number_before:
            follower.has_progress()
        elif whole := await follower.ended_response():
            yield json.dumps(whole)
            yield DONE
            return
        stream = follower.rest()


async def resumed(agent: BackgroundAgent, bookmark: str, prompt: Prompt, transport: Transport) -> Stream:
    """The messages behind the bookmark. Raises AgentFailed."""
    place = BackgroundResponse.at(bookmark)
    rest = _Follower(agent, place, prompt, transport).rest()
    async with aclosing(followed(agent, rest, place, prompt, transport)) as messages:
        async for raw in messages:
            yield raw


async def cancel(agent: BackgroundAgent, bookmark: str, prompt: Prompt, transport: Transport) -> None:
    """Ask the agent to stop. Not every agent can, and nothing depends on it."""
    with suppress(AgentFailed):
        request = await agent.response_request(str(BackgroundResponse.at(bookmark).id), prompt)
        parts = urlsplit(request.url)
        url = urlunsplit(parts._replace(path=f"{parts.path}/cancel"))
        await transport.look_up(url, request.headers, method="POST")


class _Follower:
    """Asks for one response, at most for `limits.max_seconds`."""

    def __init__(self, agent: BackgroundAgent, place: BackgroundResponse, prompt: Prompt, transport: Transport) -> None:
        self._agent = agent
        self._place = place
        self._prompt = prompt
        self._transport = transport
        self._limits = transport.limits
        self._ends_at = time.monotonic() + self._limits.max_seconds
        self._pause_seconds = self._limits.first_pause_seconds
        self._lost_at: float | None = None
        """When the agent was first out of reach; None if it is not."""

    def has_progress(self) -> None:
        self._pause_seconds, self._lost_at = self._limits.first_pause_seconds, None

    async def rest(self) -> Stream:
        """The messages behind the last one that was taken, perhaps with some before it."""
        request = await self._request()
        stream = self._transport.messages(replace(request, url=_following(request.url, self._place.number)))
        async with aclosing(stream):
            async for raw in stream:
                yield raw

    async def ended_response(self) -> dict[str, Any] | None:
        """The whole response; None if it has not ended. Waits until the agent tells, and a little at first.

        Raises AgentFailed if the agent has forgotten it, or is out of reach for too long.
        """
        while True:
            await self._pause()
            try:
                request = await self._request()
                status, data = await self._transport.look_up(request.url, request.headers)
                _raise_refused(status, data, request)
            except AgentFailed as failure:
                if failure.failure not in _PASSING:
                    raise
                self._is_lost(failure)
                continue
            if status == 200 and isinstance(data, dict):
                self._lost_at = None
                return None if data.get("status") in GOES_ON else data
            self._is_lost(None)

    async def _request(self) -> AgentRequest:
        return await self._agent.response_request(str(self._place.id), self._prompt)

    async def _pause(self) -> None:
        if time.monotonic() + self._pause_seconds > self._ends_at:
            raise AgentFailed(TOOK_TOO_LONG, failure="timeout")
        await asyncio.sleep(self._pause_seconds)
        self._pause_seconds = min(2 * self._pause_seconds, MAX_PAUSE_SECONDS)

    def _is_lost(self, failure: AgentFailed | None) -> None:
        self._lost_at = self._lost_at or time.monotonic()
        if time.monotonic() - self._lost_at > self._limits.lost_seconds:
            raise failure or AgentFailed(CONNECTION_LOST, failure="connection_lost")


def _raise_refused(status: int, data: Any, request: AgentRequest) -> None:
    """Only for what does not pass: an agent that starts again answers with other errors for a while."""
    if status in _FORGOTTEN_STATUSES:
        raise AgentFailed(FORGOTTEN, failure="not_found")
    if 300 <= status < 500 and status not in _TEMPORARY_STATUSES:
        error = json.dumps(data) if data is not None else ""
        raise Refused(status, error, asked_as=request.asked_as, signed_in_as=request.signed_in_as)


def _following(url: str, number: int) -> str:
    parts = urlsplit(url)
    asked: Mapping[str, str] = {"stream": "true", **({"starting_after": str(number)} if number >= 0 else {})}
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *asked.items()])))
