"""Databricks Apps: the API that makes, updates, starts, stops and deletes apps. Deployments: app_deployments.py."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.app_doors import NOWHERE, AppDoors
from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.lakebase_projects import LakebaseProjects
from local.workspace.paging import page
from local.workspace.tokens import APPS, Tokens

Json = dict[str, Any]
API = "/api/2.0/apps"
NAME = re.compile(r"[a-z0-9-]{2,30}")
UPDATABLE = ("description", "resources", "user_api_scopes", "compute_size", "telemetry_export_destinations")
UNAVAILABLE = {"state": "UNAVAILABLE", "message": "App status is unavailable."}
STOPPED = {"state": "STOPPED", "message": "App compute is stopped."}
STARTING = {"state": "STARTING", "message": "App compute is starting."}
ACTIVE = {"state": "ACTIVE", "message": "App compute is running."}


class Apps:
    """`items` are the apps by name. Every app has the same service principal: the one whose role the database has.

    `knows_endpoint` tells whether there is such a serving endpoint. With `user_authorization` off, an app that asks for
    scopes is refused. Each app has an address of its own, where only people with a valid OAuth token get past the door.
    """

    def __init__(
        self,
        tokens: Tokens,
        faults: Faults,
        projects: LakebaseProjects,
        client_id: str,
        knows_endpoint: Callable[[str], bool],
    ) -> None:
        self.items: dict[str, Json] = {}
        self.user_authorization = True
        self._tokens = tokens
        self._faults = faults
        self._projects = projects
        self._client_id = client_id
        self._knows_endpoint = knows_endpoint
        self.doors = AppDoors(tokens, client_id)
        self.routes = [
            Route(API, self.show_all, methods=["GET"]),
            Route(API, self.create, methods=["POST"]),
            Route(f"{API}/{{name}}", self.show, methods=["GET"]),
            Route(f"{API}/{{name}}", self.patch, methods=["PATCH"]),
            Route(f"{API}/{{name}}", self.delete, methods=["DELETE"]),
            Route(f"{API}/{{name}}/update", self.update, methods=["POST"]),
            Route(f"{API}/{{name}}/update", self.updated, methods=["GET"]),
            Route(f"{API}/{{name}}/start", self.start, methods=["POST"]),
            Route(f"{API}/{{name}}/stop", self.stop, methods=["POST"]),
        ]

    def found(self, name: str) -> Json:
        """Raises ApiError."""
        if name not in self.items:
            raise ApiError(404, f"App with name {name} does not exist or is deleted.")
        return self.items[name]

    async def caller(self, request: Request) -> str:
        await self._faults.meet(self._faults.apps)
        return self._tokens.caller(request, APPS)

    async def show_all(self, request: Request) -> Response:
        await self.caller(request)
        return JSONResponse(page(request, "apps", list(self.items.values())))

    async def create(self, request: Request) -> Response:
        body = await request.json()
        caller = await self.caller(request)
        name = str(body.get("name", ""))
        if not NAME.fullmatch(name):
            message = "App name must contain only lowercase letters, numbers, and dashes, and have 2 to 30 characters."
            raise ApiError(400, message, "INVALID_PARAMETER_VALUE")
        if name in self.items:
            raise ApiError(409, f"An app with the same name already exists: {name}", "RESOURCE_ALREADY_EXISTS")
        self._check(body)
        self.items[name] = self._new(name, caller) | _given(body)
        self._bind(self.items[name])
        if request.query_params.get("no_compute") != "true":
            self.items[name]["compute_status"] = ACTIVE
        return JSONResponse(self.items[name])

    async def show(self, request: Request) -> Response:
        await self.caller(request)
        app = self.found(request.path_params["name"])
        answer = dict(app)
        if app["compute_status"] == STARTING:  # it is up the next time somebody looks
            app["compute_status"] = ACTIVE
        return JSONResponse(answer)

    async def patch(self, request: Request) -> Response:
        body = await request.json()
        await self.caller(request)
        return JSONResponse(self._change(request.path_params["name"], _given(body)))

    async def update(self, request: Request) -> Response:
        """Each field of the mask is replaced as a whole; one that the app given does not have is emptied."""
        body = await request.json()
        await self.caller(request)
        wanted, mask = body.get("app") or {}, str(body.get("update_mask", "")).split(",")
        self._change(request.path_params["name"], {field: wanted.get(field) for field in UPDATABLE if field in mask})
        return JSONResponse({"status": {"state": "SUCCEEDED"}})

    async def updated(self, request: Request) -> Response:
        await self.caller(request)
        self.found(request.path_params["name"])
        return JSONResponse({"status": {"state": "SUCCEEDED"}})

    async def start(self, request: Request) -> Response:
        await self.caller(request)
        app = self.found(request.path_params["name"])
        if app["compute_status"]["state"] == "STOPPED":
            app["compute_status"] = STARTING
        return JSONResponse(app)

    async def stop(self, request: Request) -> Response:
        await self.caller(request)
        app = self.found(request.path_params["name"])
        app |= {"compute_status": STOPPED, "app_status": UNAVAILABLE}
        app.pop("active_deployment", None)
        self.doors.open(app["name"], NOWHERE)
        return JSONResponse(app)

    async def delete(self, request: Request) -> Response:
        await self.caller(request)
        name = request.path_params["name"]
        self.found(name)
        return JSONResponse(self.items.pop(name))

    def _change(self, name: str, fields: Json) -> Json:
        app = self.found(name)
        self._check(fields)
        changed = {field: value for field, value in (app | fields).items() if value is not None}
        app.clear()
        app |= changed
        self._bind(app)
        return app

    def _check(self, fields: Json) -> None:
        if fields.get("user_api_scopes") and not self.user_authorization:
            raise ApiError(400, "User token passthrough not enabled for this workspace.")
        for resource in fields.get("resources") or ():
            endpoint, database = resource.get("serving_endpoint"), resource.get("postgres")
            if endpoint and not self._knows_endpoint(endpoint.get("name", "")):
                raise ApiError(404, f"Endpoint with name '{endpoint.get('name')}' does not exist.")
            if database:
                self._projects.must_exist(database.get("database") or database.get("branch", ""))

    def _bind(self, app: Json) -> None:
        """The app's service principal gets a role in each database."""
        for resource in app.get("resources") or ():
            if branch := (resource.get("postgres") or {}).get("branch"):
                self._projects.add_role(branch, self._client_id)

    def _new(self, name: str, creator: str) -> Json:
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {
            "name": name,
            "id": str(uuid.uuid4()),
            "url": self.doors.url(name),
            "app_status": UNAVAILABLE,
            "compute_status": STOPPED,
            "compute_size": "MEDIUM",
            "service_principal_client_id": self._client_id,
            "service_principal_id": 1000 + len(self.items),
            "service_principal_name": f"app-{name}",
            "creator": creator,
            "updater": creator,
            "create_time": now,
            "update_time": now,
        }


def _given(body: Json) -> Json:
    return {field: body[field] for field in UPDATABLE if field in body}
