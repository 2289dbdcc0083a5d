"""Serves the scripts and images of all pages."""

from collections.abc import Callable
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

KEPT = "max-age=31536000, immutable"


class Assets(StaticFiles):
    """Browsers keep what has the version of its file in its address, and ask again for anything else.

    While a new version of the app is deployed, a process of the old one may be asked for a script of the new one.
    """

    def __init__(self, directory: Path, version_of: Callable[[str], str]) -> None:
        super().__init__(directory=directory)
        self._version_of = version_of

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_present = scope["query_string"].decode("latin-1") == self._version_of(path)
        response.headers["Cache-Control"] = KEPT if is_present else "no-cache"
        return response
