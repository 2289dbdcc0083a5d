"""Unity Catalog, as far as it tells of Volumes: that there is one, who owns it, and who has which privilege."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.tokens import CATALOG, Tokens
from local.workspace.volumes import VOLUME

Json = dict[str, Any]

API = "/api/2.1/unity-catalog"
OWNER = "demo@example.com"
FULL_NAME = VOLUME.removeprefix("/Volumes/").replace("/", ".")


class UnityCatalog:
    """`privileges` are those on the one Volume that there is, by principal."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self.privileges: dict[str, set[str]] = {}
        self.routes = [
            Route(f"{API}/volumes/{{name}}", self.volume, methods=["GET"]),
            Route(f"{API}/effective-permissions/volume/{{name}}", self.permissions, methods=["GET"]),
        ]

    async def volume(self, request: Request) -> Response:
        name = await self._admit(request)
        catalog, schema, volume = name.split(".")
        names = {"catalog_name": catalog, "schema_name": schema, "name": volume, "full_name": name}
        return JSONResponse({**names, "volume_type": "MANAGED", "owner": OWNER, "volume_id": "local-volume"})

    async def permissions(self, request: Request) -> Response:
        """Of one principal, or of all."""
        await self._admit(request)
        wanted = request.query_params.get("principal")
        found = {name: held for name, held in self.privileges.items() if wanted in (None, name)}
        return JSONResponse({"privilege_assignments": [_assignment(name, held) for name, held in found.items()]})

    async def _admit(self, request: Request) -> str:
        await self._faults.meet(self._faults.catalog)
        self._tokens.caller(request, CATALOG)
        name = str(request.path_params["name"])
        if name != FULL_NAME:
            raise ApiError(404, f"Volume '{name}' does not exist.", "VOLUME_DOES_NOT_EXIST")
        return name


def _assignment(principal: str, held: Iterable[str]) -> Json:
    return {"principal": principal, "privileges": [{"privilege": name} for name in sorted(held)]}
