"""Calls Databricks' Genie API for one question, with the rights with which it is asked.

The paths and shapes are those of the SDK's `GenieAPI`. The SDK itself is not used: it blocks a thread while it waits,
cannot be stopped, and sends a POST again by itself.
"""

import asyncio
import json
import random
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from lib.agent.endpoints.credentials import Credentials
from lib.agent.http import retry
from lib.agent.http.refusals import Refused, Unreached
from lib.agent.http.transport import TIMED_OUT, AgentRequest, Transport
from lib.agent.prompt import Notify, Prompt
from lib.errors import AgentFailed
from lib.identity import AskedAs

Json = dict[str, Any]

GET_SECONDS = 30.0
MAX_PAUSE_SECONDS = 60.0
ATTEMPTS = 4
"""Of one GET, which may be repeated."""
NOT_JSON = "Genie answered in a form that this app cannot read. Please tell the app's administrator."


@dataclass(frozen=True)
class GenieApi:
    """Raises AgentFailed, and Refused for what Genie refuses."""

    prompt: Prompt
    transport: Transport
    credentials: Credentials

    async def post(self, path: str, body: Json, notify: Notify) -> Json:
        """Sent again only after a refusal that says that Genie has not taken it, such as a rate limit."""
        sender = _Post(self, path, body)
        async with aclosing(retry.messages(sender, self.prompt, self.transport, notify)) as messages:
            return _read([raw async for raw in messages])

    async def get(self, path: str) -> Json:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._get(path)
            except AgentFailed as failure:
                if not _may_pass(failure):
                    raise
                await asyncio.sleep(self._pause_seconds(failure, attempt))
        return await self._get(path)

    async def request(self, path: str, body: Json | None = None) -> AgentRequest:
        token = self.credentials.user_token(self.prompt.access_token)
        url = f"{await self.credentials.host()}{path}"
        headers = {"Authorization": f"Bearer {token}"} if token else await self.credentials.app_headers()
        rights: AskedAs = "user" if token else "app"
        request = AgentRequest(url, body or {}, headers, asked_as=rights, signed_in_as=rights)
        return request if body else replace(request, method="GET")

    async def _get(self, path: str) -> Json:
        request = await self.request(path)
        try:
            async with asyncio.timeout(GET_SECONDS), aclosing(self.transport.messages(request)) as messages:
                return _read([raw async for raw in messages])
        except TimeoutError as error:
            raise AgentFailed(TIMED_OUT, failure="timeout") from error

    def _pause_seconds(self, failure: AgentFailed, attempt: int) -> float:
        asked_for = failure.retry_after_seconds if isinstance(failure, Refused) else None
        longest = self.transport.limits.first_pause_seconds * 2.0**attempt
        own = longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads, no secret
        return min(max(asked_for or 0.0, own), MAX_PAUSE_SECONDS)


@dataclass(frozen=True)
class _Post:
    """What `retry` needs to send a POST."""

    api: GenieApi
    path: str
    body: Json

    async def request(self, prompt: Prompt, transport: Transport, notify: Notify) -> AgentRequest:
        return await self.api.request(self.path, self.body)

    def adapt(self, request: AgentRequest, refusal: Refused) -> bool:
        return False


def _may_pass(failure: AgentFailed) -> bool:
    if isinstance(failure, Refused):
        return failure.is_temporary or failure.status >= 500
    return isinstance(failure, Unreached) or failure.failure in ("connection_lost", "timeout")


def _read(messages: list[str]) -> Json:
    """A body of several lines may come as several messages, but is one document."""
    try:
        data = json.loads("\n".join(messages))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise AgentFailed(NOT_JSON, failure="bad_answer")
    return data
