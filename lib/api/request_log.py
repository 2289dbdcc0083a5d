"""Write one line to the log for each request: the route and the outcome, never what was said or by whom."""

import hashlib
import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.log_line import log_line
from lib.telemetry.recording import trace_field

log = logging.getLogger("lakechat.api")


class RequestLog:
    """ASGI middleware. `ms` is the time until the response began, `total_ms` until it ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began, seen = time.monotonic(), {"status": 500, "ms": 0}
        state: dict[str, Any] = scope.setdefault("state", {})

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.update(status=message["status"], ms=_ms_since(began))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            line = log_line(
                "request",
                method=scope["method"],
                route=_template(scope),
                **seen,
                total_ms=_ms_since(began),
                user=pseudonym(state.get("user_id")),
                chat=scope.get("path_params", {}).get("chat_id"),
                **trace_field(),
            )
            log.info("%s", line)


def pseudonym(user_id: str | None) -> str | None:
    """The same for all requests of a user, without naming them."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:12] if user_id else None


def _template(scope: Scope) -> str:
    """The route as the description names it. The path itself may hold anything."""
    route = scope.get("route")
    return f"{scope.get('root_path', '')}{getattr(route, 'path', '?')}"


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
