"""One call of a workspace's REST API about feedback. No call is repeated here."""

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from lib.feedback.failures import Busy, Forbidden, NotThere, Refused, SignInRefused, Unavailable
from lib.retry_after import retry_after_seconds
from lib.workspace import Workspace

TIMEOUT = httpx.Timeout(15, connect=5)
"""In seconds. Two calls have to end within CLAIM_SECONDS."""

Json = dict[str, Any]


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificate authorities takes some 30 ms each time."""
    return httpx.create_ssl_context()


def call(
    workspace: Workspace,
    method: str,
    path: str,
    body: Json | None = None,
    query: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> Json:
    """The JSON of the reply. With the rights of the app, unless `headers` bring others."""
    try:
        headers = headers or workspace.headers()
        url = f"{workspace.host}{path}"
    except Exception as error:  # the SDK raises errors of many libraries
        raise Unavailable(type(error).__name__) from error
    try:
        with httpx.Client(timeout=TIMEOUT, verify=_tls()) as client:  # votes are too rare to keep a connection
            response = client.request(method, url, json=body, params=query, headers=dict(headers))
    except httpx.InvalidURL as error:  # an agent may give its trace any id
        raise Refused(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Unavailable(type(error).__name__) from error
    _check(response)
    try:
        return dict_or_empty(response.json())
    except ValueError as error:
        raise Unavailable("The reply is not JSON.") from error


def dict_or_empty(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _check(response: httpx.Response) -> None:
    """Raise what a status means. The body is not looked at: it may quote what was sent."""
    match response.status_code:
        case 404:
            raise NotThere
        case 403:
            raise Forbidden
        case 429:
            raise Busy(retry_after_seconds(response.headers))
        case 400 | 405 | 409 | 413 | 422:
            raise Refused(f"HTTP {response.status_code}")
        case 401:
            raise SignInRefused("HTTP 401")
        case status if not 200 <= status < 300:
            raise Unavailable(f"HTTP {status}")
