"""Provisioned Lakebase instances, as the `database` API lists and shows them."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.paging import page
from local.workspace.tokens import POSTGRES, Tokens

Json = dict[str, Any]

INSTANCE = "lakechat"
HOSTS_DOMAIN = "database.cloud.databricks.com"


class LakebaseInstances:
    """`instances` are by name, in the order of the list. `faults.instances` refuses or delays a request."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self.instances: dict[str, Json] = {}
        path = "/api/2.0/database/instances"
        self.routes = [
            Route(path, self.show_all, methods=["GET"]),
            Route(f"{path}:findByUid", self.find_by_uid, methods=["GET"]),
            Route(f"{path}/{{name}}", self.show, methods=["GET"]),
        ]

    def add(self, name: str, *, host: str | None = None) -> None:
        """`host` is for reading and writing, by default one as Databricks names them."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        uid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        self.instances[name] = {
            "name": name,
            "uid": uid,
            "state": "AVAILABLE",
            "capacity": "CU_1",
            "pg_version": "PG_VERSION_16",
            "read_write_dns": host or f"instance-{uid}.{HOSTS_DOMAIN}",
            "effective_node_count": 1,
            "effective_stopped": False,
        }

    async def show_all(self, request: Request) -> Response:
        await self._admit(request)
        return JSONResponse(page(request, "database_instances", list(self.instances.values())))

    async def find_by_uid(self, request: Request) -> Response:
        await self._admit(request)
        uid = request.query_params.get("uid")
        return self._answer(next((each for each in self.instances.values() if each["uid"] == uid), None), f"uid {uid}")

    async def show(self, request: Request) -> Response:
        await self._admit(request)
        name = request.path_params["name"]
        return self._answer(self.instances.get(name), name)

    async def _admit(self, request: Request) -> None:
        await self._faults.meet(self._faults.instances)
        self._tokens.caller(request, POSTGRES)

    def _answer(self, instance: Json | None, name: str) -> Response:
        if instance is None:
            raise ApiError(404, f"Database instance '{name}' not found.", "NOT_FOUND")
        return JSONResponse(instance)
