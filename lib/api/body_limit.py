"""Refuse bodies that are too large: by their Content-Length, otherwise as soon as too many bytes have come.

The error is raised from `receive`, so it reaches the route that reads the body, and is answered like any other error.
A route that takes a file has a limit of its own. A question with its files stays in memory until it is answered, and
comes before it is known who asks, so no more than MAX_LARGE_QUESTIONS are taken at once.
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.api.openapi import (
    ATTACHMENTS_PATH,
    IMPORT_PATH,
    MAX_BODY_BYTES,
    MAX_QUESTION_BODY_BYTES,
    QUESTION_PATHS,
)
from lib.attachments.limits import FILE_TOO_LARGE, MAX_FILE_BYTES
from lib.errors import TooLarge
from lib.importer import limits

MAX_LARGE_QUESTIONS = 16
"""Of those with more than MAX_BODY_BYTES, in a process. Each takes about 70 MB while it is read, then 15 MB."""


class BodyLimit:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._large_questions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = dict(scope.get("headers", ())).get(b"content-length", b"0")
        # A body that is announced as too large is refused at its first byte.
        most, error = _limit(scope)
        came = most if announced.isdigit() and int(announced) > most else 0
        is_large_question = False

        async def counted() -> Message:
            nonlocal came, is_large_question
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise error
            if most == MAX_QUESTION_BODY_BYTES and came > MAX_BODY_BYTES and not is_large_question:
                if self._large_questions >= MAX_LARGE_QUESTIONS:
                    raise HTTPException(429)
                self._large_questions += 1
                is_large_question = True
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._large_questions -= is_large_question


def _limit(scope: Scope) -> tuple[int, Exception]:
    """In bytes, and what is raised beyond."""
    path = str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
    if path == IMPORT_PATH:
        return limits.MAX_FILE_BYTES, TooLarge(limits.TOO_LARGE)
    if path == ATTACHMENTS_PATH:
        return MAX_FILE_BYTES, TooLarge(FILE_TOO_LARGE)
    if path in QUESTION_PATHS:
        return MAX_QUESTION_BODY_BYTES, HTTPException(413)
    return MAX_BODY_BYTES, HTTPException(413)
