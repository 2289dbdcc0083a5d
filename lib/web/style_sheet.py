"""Serves the style sheet of all pages. Its address changes with its rules, so browsers may keep it."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lib.web.assets import KEPT


def style_sheet(path: str, rules: Callable[[], str], address: Callable[[], str]) -> Route:
    """While a new version of the app is deployed, a process of the old one may be asked for the rules of the new one.
    No browser keeps what it sends then, and `assets/page.js` asks again.
    """

    async def send(request: Request) -> Response:
        is_present = f"{path}?{request.url.query}" == address()
        keep = KEPT if is_present else "no-store"
        return Response(rules(), media_type="text/css", headers={"Cache-Control": keep})

    return Route(path, send)
