"""Files in Unity Catalog Volumes, in memory, behind the paths and errors of Databricks' Files API."""

import threading
from email.utils import formatdate
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.tokens import FILES, Tokens

VOLUME = "/Volumes/main/lakechat/attachments"
"""The one Volume that there is."""


class Volumes:
    """`objects` by their whole path. Uploads to a Volume that is not there are refused, as are unknown objects."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._tokens = tokens
        self._faults = faults
        self.routes = [
            Route("/api/2.0/fs/files{path:path}", self.upload, methods=["PUT"]),
            Route("/api/2.0/fs/files{path:path}", self.download, methods=["GET", "HEAD"]),
            Route("/api/2.0/fs/files{path:path}", self.delete, methods=["DELETE"]),
        ]

    async def upload(self, request: Request) -> Response:
        content = await request.body()
        path = await self._path(request)
        overwrite = request.query_params.get("overwrite", "false") == "true"
        with self._lock:
            if path in self.objects and not overwrite:
                raise ApiError(409, "The file being created already exists.", "ALREADY_EXISTS")
            self.objects[path] = content
        return Response(status_code=204)

    async def download(self, request: Request) -> Response:
        content = self._found(await self._path(request))
        headers = {"Last-Modified": formatdate(usegmt=True)}
        return Response(content, headers=headers, media_type="application/octet-stream")

    async def delete(self, request: Request) -> Response:
        path = await self._path(request)
        with self._lock:
            self._found(path)
            del self.objects[path]
        return Response(status_code=204)

    async def _path(self, request: Request) -> str:
        await self._faults.meet(self._faults.files)
        self._tokens.caller(request, FILES)
        path = unquote(request.path_params["path"])
        if not path.startswith(f"{VOLUME}/"):
            raise ApiError(404, f"Volume of path '{path}' does not exist.", "NOT_FOUND")
        return path

    def _found(self, path: str) -> bytes:
        if path not in self.objects:
            raise ApiError(404, "The file being accessed is not found.", "NOT_FOUND")
        return self.objects[path]
