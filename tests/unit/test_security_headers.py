"""The headers around every answer, page or route."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lib.web.security import SecurityHeaders


def answer(request: Request) -> PlainTextResponse:
    headers = {"Cache-Control": "no-cache, no-transform"} if request.url.path.endswith("stream") else {}
    if "attachments" in request.url.path or not request.url.path.startswith("/api"):
        headers["Content-Security-Policy"] = "sandbox"
    return PlainTextResponse("x", headers=headers)


def headers_of(path: str) -> httpx.Headers:
    app = SecurityHeaders(Starlette(routes=[Route("/{path:path}", answer)]))

    async def ask() -> httpx.Headers:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return (await client.get(path)).headers

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/static/x.js", "/api/history", "/nowhere"])
def test_every_response_has_the_content_security_policy(path: str) -> None:
    headers = headers_of(path)
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_api_responses_are_not_cacheable() -> None:
    assert headers_of("/api/history")["Cache-Control"] == "no-store"
    assert headers_of("/api/chat/1/stream")["Cache-Control"] == "no-cache, no-transform"
    assert "Cache-Control" not in headers_of("/static/x.js")


def test_only_a_route_may_have_a_policy_of_its_own() -> None:
    assert headers_of("/api/attachments/1")["Content-Security-Policy"] == "sandbox"
    assert headers_of("/static/x.js")["Content-Security-Policy"] != "sandbox"
