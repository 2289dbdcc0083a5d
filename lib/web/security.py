"""Response headers that keep the content of answers from reaching other hosts."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Answers are Markdown, and a browser loads the images in it. Without this policy an agent could be tricked into
# sending data to any host as part of an image's address.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self' ws: wss:",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
API = "/api/"


class SecurityHeaders:
    """ASGI middleware that adds the headers to every response, of pages and routes alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(API):
                    # A route may allow even less: of a file that a user has attached, nothing may run.
                    for name, value in HEADERS.items():
                        headers.setdefault(name, value)
                    # Neither a proxy nor the disk of a shared computer may keep a copy of a chat.
                    headers.setdefault("Cache-Control", "no-store")
                else:
                    headers.update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
