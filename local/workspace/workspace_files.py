"""Files of the workspace itself, in memory, behind the paths and errors of its Workspace API."""

import base64
import threading
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.tokens import WORKSPACE, Tokens


class WorkspaceFiles:
    """`objects` by their whole path, which begins with /Workspace; folders are wherever a file is."""

    def __init__(self, tokens: Tokens) -> None:
        self.objects: dict[str, bytes] = {}
        self._tokens = tokens
        self._lock = threading.Lock()
        self.routes = [
            Route("/api/2.0/workspace-files/import-file{path:path}", self.upload, methods=["POST"]),
            Route("/api/2.0/workspace/get-status", self.status),
            Route("/api/2.0/workspace/export", self.export),
            Route("/api/2.0/workspace/mkdirs", self.make_folder, methods=["POST"]),
            Route("/api/2.0/workspace/delete", self.delete, methods=["POST"]),
        ]

    def below(self, folder: str) -> dict[str, bytes]:
        """The files in the folder, by their path within it."""
        start = f"{folder.rstrip('/')}/"
        return {path.removeprefix(start): data for path, data in self.objects.items() if path.startswith(start)}

    async def upload(self, request: Request) -> Response:
        content = await request.body()
        self._tokens.caller(request, WORKSPACE)
        path, overwrite = request.path_params["path"], request.query_params.get("overwrite", "false") == "true"
        with self._lock:
            if path in self.objects and not overwrite:
                raise ApiError(409, f"Path ({path}) already exists.", "RESOURCE_ALREADY_EXISTS")
            self.objects[path] = content
        return JSONResponse({})

    async def status(self, request: Request) -> Response:
        path = self._asked(request)
        kind = "FILE" if path in self.objects else "DIRECTORY"
        return JSONResponse({"object_type": kind, "path": path, "object_id": sum(path.encode())})

    async def export(self, request: Request) -> Response:
        path = self._asked(request)
        content = self.objects.get(path)
        if content is None:
            raise ApiError(400, f"Path ({path}) is a folder.", "INVALID_PARAMETER_VALUE")
        if request.query_params.get("direct_download") == "true":
            return Response(content, media_type="application/octet-stream")
        return JSONResponse({"content": base64.b64encode(content).decode(), "file_type": "file"})

    async def make_folder(self, request: Request) -> Response:
        await self._body(request)
        return JSONResponse({})

    async def delete(self, request: Request) -> Response:
        path = str((await self._body(request)).get("path"))
        with self._lock:
            self._must_exist(path)
            self.objects = {
                other: data for other, data in self.objects.items() if not f"{other}/".startswith(f"{path}/")
            }
        return JSONResponse({})

    def _asked(self, request: Request) -> str:
        self._tokens.caller(request, WORKSPACE)
        path = request.query_params.get("path", "")
        self._must_exist(path)
        return path

    async def _body(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        self._tokens.caller(request, WORKSPACE)
        return body if isinstance(body, dict) else {}

    def _must_exist(self, path: str) -> None:
        if path not in self.objects and not self.below(path):
            raise ApiError(404, f"Path ({path}) doesn't exist.")
