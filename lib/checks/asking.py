"""Questions to the workspace's REST API for the checks: each is a GET, bounded in time and never repeated."""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import httpx

from lib.checks.finding import Finding
from lib.workspace import Workspace

TIMEOUT = httpx.Timeout(5, connect=3)
"""In seconds. For one check there are at most two or three questions."""
NOT_OFFERED = ("FEATURE_DISABLED", "FEATURE_NOT_ENABLED", "ENDPOINT_NOT_FOUND")
"""How a workspace answers for an API that it does not have."""
_CODE = re.compile(r"[A-Z_]{3,60}")
_SCOPE = re.compile(r"required scopes?", re.IGNORECASE)

Json = dict[str, Any]


class NoAnswer(Exception):
    """The workspace could not be asked. The message is one sentence for a person."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json

    @property
    def code(self) -> str:
        """Databricks' word for the error; empty where it gave none."""
        code = self.body.get("error_code")
        return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

    @property
    def is_not_offered(self) -> bool:
        """Whether the workspace does not have this API, or has it switched off."""
        return self.status >= 400 and self.code in NOT_OFFERED

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for does not exist."""
        return self.status == 404 and not self.is_not_offered

    @property
    def is_denied(self) -> bool:
        """Whether whoever asks lacks a permission."""
        return self.status == 403 and not (self.lacks_scope or self.is_not_offered)

    @property
    def lacks_scope(self) -> bool:
        """Whether the token, not the person, was not allowed to ask."""
        return self.status == 403 and bool(_SCOPE.search(str(self.body.get("message"))))


class Asking:
    """Asks in the name of whose token `headers` has. Both callables may block, and may raise anything."""

    def __init__(self, host: Callable[[], str], headers: Callable[[], Mapping[str, str]]) -> None:
        self._host = host
        self._headers = headers

    @classmethod
    def as_app(cls, workspace: Workspace) -> Self:
        return cls(lambda: workspace.host, workspace.headers)

    @classmethod
    def as_user(cls, workspace: Workspace, token: str) -> Self:
        return cls(lambda: workspace.host, lambda: {"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: str | int) -> Answer:
        """Raises NoAnswer."""
        try:
            url, headers = f"{self._host()}{path}", dict(self._headers())
        except Exception:  # the SDK raises errors of many libraries, which may quote what was sent
            raise NoAnswer("The sign-in to the workspace did not succeed.") from None
        try:
            with httpx.Client(timeout=TIMEOUT, verify=_tls()) as client:
                response = client.get(url, params=query, headers=headers)
        except httpx.TimeoutException:
            raise NoAnswer("The workspace did not answer in time.") from None
        except httpx.HTTPError:
            raise NoAnswer("The workspace cannot be reached.") from None
        return _read(response)


def unexplained(name: str, answer: Answer) -> Finding:
    """For an answer from which a check cannot tell what it wants to know."""
    if answer.lacks_scope:
        says = "This sign-in may not be used to find that out: its token lacks a scope."
    elif answer.is_not_offered:
        says = "This workspace does not have what is needed for that, or it is not switched on."
    elif answer.status in (401, 403):
        says = f"This sign-in may not look at that (HTTP {answer.status})."
    elif answer.status == 429:
        says = "The workspace is busy. Check again in a minute."
    elif answer.status >= 500:
        says = f"The workspace failed to answer (HTTP {answer.status}). Check again in a minute."
    else:
        says = f"The workspace gave an answer that the app does not know (HTTP {answer.status} {answer.code})."
    return Finding(name, "unknown", says)


def listed(value: object) -> list[Json]:
    """The objects of a list in an answer; empty if it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def nested(body: Json, *names: str) -> Json:
    """The object below these names; empty if there is none."""
    for name in names:
        below = body.get(name)
        body = below if isinstance(below, dict) else {}
    return body


def _read(response: httpx.Response) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        if response.is_success:
            raise NoAnswer("Something else than the workspace's API answered.")
        body = {}
    return Answer(response.status_code, body)


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificate authorities takes some 30 ms each time."""
    return httpx.create_ssl_context()
