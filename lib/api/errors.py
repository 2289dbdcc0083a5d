"""Answer every failure as `{"error": a sentence, "code": a word}`, without anything of its cause.

Under /v1 it is `{"error": {"message", "type", "code", "param"}}`, as clients of OpenAI expect it.
"""

import logging
import traceback
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.errors import (
    AgentFailed,
    BadInput,
    ChatBusy,
    DatabaseUnavailable,
    FilesUnavailable,
    Gone,
    LakechatError,
    MovedOn,
    NotAdmin,
    NotComparable,
    NotConfigured,
    NotDrawable,
    NotFound,
    NotSignedIn,
    NotTaken,
    NotWaiting,
    ShuttingDown,
    TooLarge,
    TooMany,
)

log = logging.getLogger("lakechat.api")
RETRY_AFTER_SECONDS = 5
STATUS: dict[type[LakechatError], int] = {
    BadInput: 400,
    NotSignedIn: 401,
    NotAdmin: 403,
    NotFound: 404,
    ChatBusy: 409,
    MovedOn: 409,
    NotWaiting: 409,
    Gone: 410,
    TooLarge: 413,
    NotTaken: 422,
    NotComparable: 422,
    NotDrawable: 422,
    TooMany: 429,
    AgentFailed: 502,
    NotConfigured: 503,
    DatabaseUnavailable: 503,
    FilesUnavailable: 503,
    ShuttingDown: 503,
}
OPENAI_TYPES = {401: "authentication_error", 429: "rate_limit_error"}
HTTP_ERRORS = {
    404: ("There is nothing at this address.", "not_found"),
    413: ("The body of the request is too large; 1 MB is the most, 15 MB for a question with its files.", "too_large"),
    429: ("Too many questions with files in them are being answered. Try again in 5 seconds.", "too_many"),
    405: ("This address does not take that method.", "method_not_allowed"),
}


def add_error_handlers(api: FastAPI) -> None:
    """Have `api` answer all failures like that."""
    api.add_exception_handler(LakechatError, _lakechat_error)
    api.add_exception_handler(RequestValidationError, _validation_error)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_middleware(UnhandledErrors)


def _error_response(
    scope: Scope,
    status: int,
    sentence: str,
    code: str,
    *,
    param: str | None = None,
    wait_seconds: int = RETRY_AFTER_SECONDS,
) -> JSONResponse:
    headers = {"Retry-After": str(wait_seconds)} if status in (429, 503) else None
    body: dict[str, Any] = {"error": sentence, "code": code}
    if _is_openai(scope):
        kind = OPENAI_TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
        body = {"error": {"message": sentence, "type": kind, "code": code, "param": param}}
        if code == MovedOn.code:
            # The openai client repeats a request after a 409, in vain after this one.
            headers = {"x-should-retry": "false"}
    return JSONResponse(body, status, headers)


def _is_openai(scope: Scope) -> bool:
    return str(scope["path"]).removeprefix(scope.get("root_path", "")).startswith("/v1/")


async def _lakechat_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, LakechatError):
        return _error_response(request.scope, 500, LakechatError.sentence, LakechatError.code)
    wait_seconds = error.wait_seconds if isinstance(error, TooMany) else RETRY_AFTER_SECONDS
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    return _error_response(request.scope, status, str(error), error.code, param=error.param, wait_seconds=wait_seconds)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    """Names the fields, never their values."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    places = [".".join(str(step) for step in problem["loc"][1:]) or "the body" for problem in problems]
    what = "; ".join(f"{place}: {problem['msg']}" for place, problem in zip(places, problems, strict=True))
    status = 400 if _is_openai(request.scope) else 422
    sentence = f"The request is not as it should be. {what}"[:1000]
    return _error_response(request.scope, status, sentence, "invalid_request", param=next(iter(places), None))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error_response(request.scope, status, *HTTP_ERRORS.get(status, ("The request failed.", "http_error")))


class UnhandledErrors:
    """ASGI middleware for unforeseen errors. Starlette's own raises on, and the server then logs the error's text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            # The error's text may quote what was said; the places in the code do not.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s %s failed: %s\n%s", scope.get("method"), scope["path"], type(error).__name__, places)
            if not begun:
                await _error_response(scope, 500, "Something went wrong in the app.", "error")(scope, receive, send)
