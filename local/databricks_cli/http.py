"""HTTP with the standard library, which starts several times as fast as any other client."""

import json
import urllib.error
import urllib.request
from typing import Any


class ApiError(Exception):
    """A refusal, with what the program says of it."""

    def __init__(self, method: str, url: str, status: int, reason: str, code: str, message: str) -> None:
        super().__init__(message)
        self.endpoint = f"{method} {url}"
        self.status, self.reason, self.code, self.message = status, reason, code, message

    @property
    def details(self) -> str:
        """The lines below the sentence."""
        status = f"{self.status} {self.reason}"
        lines = (f"Endpoint: {self.endpoint}", f"HTTP Status: {status}", f"API error_code: {self.code}")
        return "\n".join((*lines, f"API message: {self.message}"))


def send(method: str, url: str, *, body: bytes | None = None, authorization: str = "") -> Any:
    """The JSON of the answer, or its bytes where it is none. Raises ApiError, and OSError without an answer."""
    headers = {"User-Agent": "cli/stand-in", **({"Authorization": authorization} if authorization else {})}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            content = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(method, url, error) from error
    return json.loads(content) if is_json else content


def _refusal(method: str, url: str, error: urllib.error.HTTPError) -> ApiError:
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    code = said.get("error_code") or said.get("error") or ""
    message = said.get("message") or said.get("error_description") or str(error.reason)
    return ApiError(method, url, error.code, str(error.reason), code, message)
