"""Completes the page that a browser loads first. It is Streamlit's, and knows neither the app nor its user.

So the name of the app is in the tab from the beginning, the style sheet and what was chosen in Settings are there
before anything is drawn, and the place of the sidebar is kept until it comes.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = Path(__file__).parents[2] / "assets"
TITLE = b"<title>Streamlit</title>"
END = b"</body>"
CSS, SCRIPT = ((ASSETS / f"first.{kind}").read_text() for kind in ("css", "js"))
# The page changes with the app, which these do not tell.
OF_THE_FILE = ("etag", "last-modified", "accept-ranges")
# Asked with these, Streamlit compresses the page, says that its file has not changed, or sends a part of it.
WITHHELD = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class FirstPage:
    """ASGI middleware. `name` gives the name of the app, `style` the address of its style sheet."""

    def __init__(self, app: ASGIApp, name: Callable[[], str], style: Callable[[], str]) -> None:
        self._app = app
        self._name = name
        self._style = style

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _asks_for_page(scope):
            await self._app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in WITHHELD]
        start: Message | None = None
        page = b""

        async def send_completed(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                page += message.get("body", b"")
                if not message.get("more_body"):
                    await self._send(start, page, send)

        await self._app({**scope, "headers": headers}, receive, send_completed)

    async def _send(self, start: Message, page: bytes, send: Send) -> None:
        head = f"<title>{escape(self._name())}</title><style>{CSS}</style><script>{SCRIPT}</script>"
        # Rules of equal weight win that come later in the document, and Streamlit adds its own to the head.
        link = f'<link class="lakechat-style" rel="stylesheet" href="{escape(self._style())}">'
        page = page.replace(TITLE, head.encode(), 1).replace(END, link.encode() + END, 1)
        headers = MutableHeaders(scope=start)
        for name in OF_THE_FILE:
            del headers[name]
        headers["content-length"] = str(len(page))
        await send(start)
        await send({"type": "http.response.body", "body": page})


def _asks_for_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith("text/html")
