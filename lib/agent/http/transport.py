"""One POST to an agent, sent once, and its answer message by message."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from lib.agent.formats.request import encoded
from lib.agent.http import framing
from lib.agent.http.refusals import Refused, Unreached, retry_after_seconds
from lib.errors import AgentFailed
from lib.identity import AskedAs

ERROR_BODY_BYTES = 100_000
LOOK_UP_SECONDS = 6
ERROR_BODY_SECONDS = 15
KEPT_CONNECTIONS = 50
KEEP_ALIVE_SECONDS = 30
# Nothing on the way may hold back what it could pack tighter.
DEFAULT_HEADERS = {"Accept-Encoding": "identity", "Cache-Control": "no-store"}
POST_HEADERS = {"Accept": "text/event-stream, application/json", "Content-Type": "application/json"}
# Asks for the trace's id: agents behind MLflow's agent server give it for this alone, and nobody else minds it.
RETURN_TRACE = {"x-mlflow-return-trace-id": "true"}
TRACE_HEADERS = ("x-mlflow-trace-id", "mlflow-trace-id")
DRAIN_SECONDS = 0.2
"""How long a finished stream may take to close, so that its connection serves the next question too."""

CUT = "The connection to the agent broke off before the answer was complete."
SILENT = "The agent has been silent for too long, so the connection was closed."
WEB_PAGE = "The agent's address answered with a web page. It may be the wrong address."
TOO_LARGE = "The agent's answer is too large."
BAD_HEADER = "A key or token for the agent holds a character that cannot be sent. Ask the app's administrator."
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Limits:
    """How long an agent is waited for. Model serving ends a request after 297 s; until then it may think in silence."""

    connect_seconds: float = 10
    first_byte_seconds: float = 310
    idle_seconds: float = 300
    wake_seconds: float = 180
    """All waiting together for an agent that is busy, starting up or not reachable."""
    first_pause_seconds: float = 1

    @property
    def kept_alive_seconds(self) -> float:
        """Without an event that says something; with no comment or ping in between `idle_seconds` are all.

        Gateways send them while an agent thinks, but some never stop when it has died.
        """
        return 2 * self.idle_seconds


@dataclass(frozen=True)
class AgentRequest:
    """`asked_as`: whose rights go with it; `signed_in_as`: whose `Authorization`."""

    url: str
    body: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    asked_as: AskedAs = "app"
    signed_in_as: AskedAs = "app"


class Transport:
    """Keeps connections open between questions. Belongs to one event loop, and is to be closed before that ends."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=self.limits.connect_seconds, write=60),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=KEPT_CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS
            ),
            follow_redirects=False,
            # One person's cookies must not go out with another's question.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers=DEFAULT_HEADERS,
        )

    async def messages(self, request: AgentRequest) -> AsyncGenerator[str, None]:
        """The messages of the answer as they came, usually JSON; one when it does not stream. Raises AgentFailed.

        Closing the iterator, or cancelling its task, closes the connection at once.
        """
        async with self._response_to(request) as response:
            if response.status_code >= 300:
                raise await _refusal(response, request)
            stream = response.aiter_bytes()
            async with asyncio.timeout(self.limits.first_byte_seconds):
                head = await framing.opening(stream)
            pieces = _with_idle_limit(stream, self.limits.idle_seconds)
            if head.lstrip()[:1] == b"<":
                raise AgentFailed(WEB_PAGE)
            async with aclosing(framing.messages(head, pieces, self.limits.kept_alive_seconds)) as found:
                trace = _trace_in(response.headers)
                async for message in found:
                    yield message
                    if trace:
                        yield trace
                        trace = None
            await _drain(pieces)

    async def look_up(self, url: str, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of a short GET; None for an answer without JSON. Raises AgentFailed."""
        with _as_agent_failed():
            async with asyncio.timeout(LOOK_UP_SECONDS):
                response = await self._client.get(url, headers=_sendable(headers))
        with suppress(ValueError, RecursionError):
            return response.status_code, response.json()
        return response.status_code, None

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _response_to(self, request: AgentRequest) -> AsyncIterator[httpx.Response]:
        headers = {**POST_HEADERS, **request.headers}
        with _as_agent_failed():
            content, encoded_headers = encoded(request.body), _sendable(headers)
            sent_request = self._client.build_request("POST", request.url, content=content, headers=encoded_headers)
            async with asyncio.timeout(self.limits.first_byte_seconds):
                response = await self._client.send(sent_request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()


@contextmanager
def _as_agent_failed() -> Iterator[None]:
    """Names a failure of the connection for a person; never with a cause that could quote a header."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreached from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise AgentFailed(SILENT) from error
    except (httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise AgentFailed(CUT) from None
    except framing.TooLong as error:
        raise AgentFailed(TOO_LARGE) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise AgentFailed(CUT) from error


def _sendable(headers: Mapping[str, str]) -> httpx.Headers:
    """As bytes, since a name or address may hold any letter. Raises AgentFailed instead of quoting a bad value."""
    if any(_UNSENDABLE.search(value) for value in headers.values()):
        raise AgentFailed(BAD_HEADER)
    return httpx.Headers([(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()])


def _trace_in(headers: httpx.Headers) -> str | None:
    """The trace's id, where it comes beside the answer, as the message in which MLflow's agent server gives it."""
    found = next((headers[name] for name in TRACE_HEADERS if headers.get(name)), None)
    return json.dumps({"trace_id": found}) if found else None


async def _with_idle_limit(pieces: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(seconds):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read to the end of the response; a server that keeps it open is left at once."""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass


async def _refusal(response: httpx.Response, request: AgentRequest) -> Refused:
    body = bytearray()
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(ERROR_BODY_SECONDS):
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > ERROR_BODY_BYTES:
                    break
    return Refused(
        response.status_code,
        bytes(body),
        challenge=response.headers.get("www-authenticate", ""),
        asked_as=request.asked_as,
        signed_in_as=request.signed_in_as,
        retry_after=retry_after_seconds(response.headers),
    )
