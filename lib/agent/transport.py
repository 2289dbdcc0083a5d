"""One POST to an agent, sent once, and its answer message by message."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import EventSource, SSEError

from lib.errors import AgentFailed

CONNECT_TIMEOUT_SECONDS = 10
# Model serving ends a request after 297 s; until then an agent may think in silence.
SILENCE_TIMEOUT_SECONDS = 300
MAX_PLAIN_ANSWER_BYTES = 20_000_000
ERROR_BODY_BYTES = 100_000

UNREACHABLE = "The agent cannot be reached right now. Your question is kept: try again in a minute."
CUT = "The connection to the agent broke off before the answer was complete."
SILENT = "The agent has been silent for too long, so the connection was closed."
STATUS_SENTENCES = {
    401: "The agent did not accept this sign-in. Reload the page and ask again.",
    403: "This app, or you, may not use the agent. Ask its owner for the permission to query it.",
    404: "The agent was not found. It may have been renamed, or it is still starting.",
    413: "This conversation is too long for the agent. Start a new chat.",
    429: "The agent is busy and takes no more questions for the moment. Try again in a minute.",
    503: "The agent is starting up. Try again in a minute.",
    504: "The agent took too long to answer.",
}


@dataclass(frozen=True)
class Post:
    url: str
    body: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class Refused(AgentFailed):
    """The agent answered with a status that is an error; nothing of an answer has come."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(_sentence(status, detail))
        self.status = status


class Transport:
    """Keeps connections open between questions. Belongs to one event loop."""

    def __init__(self) -> None:
        timeout = httpx.Timeout(SILENCE_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False)

    async def messages(self, post: Post) -> AsyncIterator[str]:
        """The raw JSON messages of the answer; one when it does not stream. Raises AgentFailed.

        Closing the iterator, or cancelling its task, closes the connection at once.
        """
        async with self._answered(post) as response:
            if response.status_code >= 300:
                raise Refused(response.status_code, await _detail(response))
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "application/json":
                yield (await _body(response, MAX_PLAIN_ANSWER_BYTES)).decode("utf-8", "replace")
            elif kind == "text/html":
                raise AgentFailed("The agent's address answered with a web page. It may be the wrong address.")
            else:
                async for message in _events(response):
                    yield message

    async def json(self, post: Post) -> Any:
        """The whole answer of a request that does not stream. Raises AgentFailed."""
        found = [message async for message in self.messages(post)]
        try:
            return json.loads(found[0])
        except (IndexError, ValueError) as error:
            raise AgentFailed from error

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _answered(self, post: Post) -> AsyncIterator[httpx.Response]:
        headers = {"Accept": "text/event-stream, application/json", **post.headers}
        try:
            async with self._client.stream("POST", post.url, json=post.body, headers=headers) as response:
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise AgentFailed(UNREACHABLE) from error
        except httpx.TimeoutException as error:
            raise AgentFailed(SILENT) from error
        except (httpx.HTTPError, httpx.InvalidURL, SSEError) as error:
            raise AgentFailed(CUT) from error


async def _events(response: httpx.Response) -> AsyncIterator[str]:
    # Some servers stream events without saying so.
    response.headers["content-type"] = "text/event-stream; charset=utf-8"
    async for event in EventSource(response).aiter_sse():
        if event.data:
            yield event.data


async def _body(response: httpx.Response, most_bytes: int) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > most_bytes:
            raise AgentFailed("The agent's answer is too large.")
    return bytes(found)


async def _detail(response: httpx.Response) -> str:
    """What a JSON error body says; nothing for a web page."""
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > ERROR_BODY_BYTES:
            break
    try:
        data = json.loads(bytes(found))
    except ValueError:
        return ""
    error = data.get("error", data.get("message")) if isinstance(data, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return error[:300] if isinstance(error, str) else ""


def _sentence(status: int, detail: str) -> str:
    if 300 <= status < 400:
        return "The agent's address asks for a sign-in that this app cannot give."
    sentence = STATUS_SENTENCES.get(status, f"The agent answered with an error ({status}).")
    return f"{sentence} It said: {detail}" if detail else sentence
