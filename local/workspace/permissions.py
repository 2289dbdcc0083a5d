"""Who may do what with an object of the workspace, as the `permissions` API lists it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.tokens import ACCESS, Tokens

Json = dict[str, Any]

OBJECT_TYPES = {
    "serving-endpoints": "serving-endpoint",
    "experiments": "mlflowExperiment",
    "apps": "apps",
    "database-projects": "database-projects",
}
"""What the API calls an object of each kind, whose name is in the address."""


class Permissions:
    """Nothing is granted over HTTP: tests call `grant`, or `clear` a list. Every list begins with the admins' group."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self._lists: dict[tuple[str, str], list[Json]] = {}
        self.routes = [Route("/api/2.0/permissions/{kind}/{id}", self.show, methods=["GET"])]

    def grant(self, kind: str, id: str, principal: str, level: str) -> None:
        """`principal` is an address, a client id with hyphens, or the name of a group."""
        field = "user_name" if "@" in principal else "service_principal_name" if "-" in principal else "group_name"
        self._lists.setdefault((kind, id), []).append(_entry({field: principal}, level, inherited=False))

    def clear(self, kind: str, id: str) -> None:
        self._lists.pop((kind, id), None)

    async def show(self, request: Request) -> Response:
        await self._faults.meet(self._faults.permissions)
        self._tokens.caller(request, ACCESS)
        kind, id = request.path_params["kind"], request.path_params["id"]
        if kind not in OBJECT_TYPES:
            raise ApiError(400, f"request_object_type is not recognized: {kind}", "INVALID_PARAMETER_VALUE")
        granted = self._lists.get((kind, id), [])
        admins = _entry({"group_name": "admins"}, "CAN_MANAGE", inherited=True)
        body = {"object_id": f"/{kind}/{id}", "object_type": OBJECT_TYPES[kind]}
        return JSONResponse({**body, "access_control_list": [*granted, admins]})


def _entry(principal: Json, level: str, *, inherited: bool) -> Json:
    permission = {"permission_level": level, "inherited": inherited}
    return {**principal, "all_permissions": [permission], "display_name": next(iter(principal.values()))}
