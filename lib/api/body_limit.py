"""Refuse bodies that are too large: by their Content-Length, otherwise as soon as too many bytes have come.

The error is raised from `receive`, so it reaches the route that reads the body, and is answered like any other error.
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.api.openapi import MAX_BODY_BYTES


class BodyLimit:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = dict(scope.get("headers", ())).get(b"content-length", b"0")
        # A body that is announced as too large is refused at its first byte.
        came = MAX_BODY_BYTES if _is_too_much(announced) else 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


def _is_too_much(announced: bytes) -> bool:
    return announced.isdigit() and int(announced) > MAX_BODY_BYTES
