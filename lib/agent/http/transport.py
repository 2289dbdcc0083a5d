"""Sends one request to an agent, exactly once, and reads the answer message by message."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import httpx

from lib.agent.formats.request import encoded
from lib.agent.http import framing
from lib.agent.http.limits import Limits
from lib.agent.http.refusals import Refused, Unreached
from lib.errors import AgentFailed
from lib.identity import AskedAs
from lib.retry_after import retry_after_seconds
from lib.telemetry.recording import trace_headers

ERROR_BODY_BYTES = 100_000
LOOK_UP_SECONDS = 6
ERROR_BODY_SECONDS = 15
IDLE_CONNECTIONS = 50
KEEP_ALIVE_SECONDS = 30
# A proxy that compresses or caches would delay parts of the stream.
DEFAULT_HEADERS = {"Accept-Encoding": "identity", "Cache-Control": "no-store"}
POST_HEADERS = {"Accept": "text/event-stream, application/json", "Content-Type": "application/json"}
# Agents behind MLflow's agent server return the trace id only when asked; other servers ignore the header.
RETURN_TRACE = {"x-mlflow-return-trace-id": "true"}
TRACE_HEADERS = ("x-mlflow-trace-id", "mlflow-trace-id")
DRAIN_SECONDS = 0.2
"""How long to wait for the end of the response after its last message. Then its connection can be used again."""

CONNECTION_LOST = "The connection to the agent broke off before the answer was complete."
TIMED_OUT = "The agent has been silent for too long, so the connection was closed."
WEB_PAGE = "The agent's address answered with a web page. It may be the wrong address."
ANSWER_TOO_LARGE = "The agent's answer is too large."
BAD_HEADER = "A key or token for the agent contains a character that cannot be sent. Ask the app's administrator."
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class AgentRequest:
    """`asked_as` tells whose rights the agent works with, `signed_in_as` whose token is in `Authorization`."""

    url: str
    body: dict[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    asked_as: AskedAs = "app"
    signed_in_as: AskedAs = "app"
    method: Literal["POST", "GET"] = "POST"
    """A GET request has no body."""


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificate authorities takes OpenSSL some 30 ms each time."""
    return httpx.create_ssl_context()


class Transport:
    """Reuses connections. Belongs to one event loop; close it before the loop ends."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._client = httpx.AsyncClient(
            verify=_tls(),
            timeout=httpx.Timeout(None, connect=self.limits.connect_seconds, write=60),
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS
            ),
            follow_redirects=False,
            # Never send one person's cookies with another person's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers=DEFAULT_HEADERS,
        )

    async def messages(self, request: AgentRequest) -> AsyncGenerator[str, None]:
        """The messages of the answer as they were sent, usually JSON; one if it is not a stream. Raises AgentFailed.

        Closing the iterator, or cancelling its task, closes the connection at once.
        """
        async with self._response_to(request) as response:
            if response.status_code >= 300:
                raise await _refusal(response, request)
            stream = response.aiter_bytes()
            # Some agents send the head of the response at once and then think.
            async with asyncio.timeout(self.limits.first_byte_seconds):
                head = await framing.opening(stream)
            pieces = _with_idle_limit(stream, self.limits.idle_seconds)
            if head.lstrip()[:1] == b"<":
                raise AgentFailed(WEB_PAGE, failure="bad_answer")
            async with aclosing(framing.messages(head, pieces, self.limits.kept_alive_seconds)) as messages:
                trace = _trace_in(response.headers)
                async for message in messages:
                    yield message
                    if trace:
                        yield trace
                        trace = None
            await _drain(pieces)

    async def look_up(
        self, url: str, headers: Mapping[str, str], *, method: Literal["GET", "POST"] = "GET"
    ) -> tuple[int, Any]:
        """Status and JSON of a short request; None if the answer is not JSON. Raises AgentFailed."""
        with _as_agent_failed():
            async with asyncio.timeout(LOOK_UP_SECONDS):
                response = await self._client.request(method, url, headers=_sendable(headers))
        with suppress(ValueError, RecursionError):
            return response.status_code, response.json()
        return response.status_code, None

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _response_to(self, request: AgentRequest) -> AsyncIterator[httpx.Response]:
        headers = {**POST_HEADERS, **trace_headers(), **request.headers}
        with _as_agent_failed():
            content, encoded_headers = encoded(request.body) if request.method == "POST" else None, _sendable(headers)
            sent_request = self._client.build_request(
                request.method, request.url, content=content, headers=encoded_headers
            )
            async with asyncio.timeout(self.limits.first_byte_seconds):
                response = await self._client.send(sent_request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()


@contextmanager
def _as_agent_failed() -> Iterator[None]:
    """Turn failures of the connection into AgentFailed. Causes that could quote a header are dropped."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreached from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise AgentFailed(TIMED_OUT, failure="timeout") from error
    except (httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise AgentFailed(CONNECTION_LOST, failure="connection_lost") from None
    except framing.AnswerTooLarge as error:
        raise AgentFailed(ANSWER_TOO_LARGE, failure="too_long") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise AgentFailed(CONNECTION_LOST, failure="connection_lost") from error


def _sendable(headers: Mapping[str, str]) -> httpx.Headers:
    """The headers as UTF-8 bytes, for names and e-mail addresses. Raises AgentFailed, without quoting a value."""
    if any(_UNSENDABLE.search(value) for value in headers.values()):
        raise AgentFailed(BAD_HEADER, failure="not_configured")
    return httpx.Headers([(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()])


def _trace_in(headers: httpx.Headers) -> str | None:
    """The trace id in the headers, in the form of a message of MLflow's agent server."""
    trace_id = next((headers[name] for name in TRACE_HEADERS if headers.get(name)), None)
    return json.dumps({"trace_id": trace_id}) if trace_id else None


async def _with_idle_limit(pieces: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(seconds):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read to the end of the response, but do not wait for a server that keeps it open."""
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
