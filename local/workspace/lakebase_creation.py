"""Creates Lakebase projects, databases and roles over HTTP, at once where Lakebase takes some seconds."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.lakebase_projects import API, LakebaseProjects

BRANCH = f"{API}projects/{{project}}/branches/{{branch}}"


class LakebaseCreation:
    """`host` is where the endpoints of new projects are; by default, each at one that nothing answers at."""

    def __init__(self, projects: LakebaseProjects) -> None:
        self.host: str | None = None
        self._projects = projects
        self.routes = [
            Route(f"{API}projects", self.project, methods=["POST"]),
            Route(f"{BRANCH}/databases", self.database, methods=["POST"]),
            Route(f"{BRANCH}/roles", self.role, methods=["POST"]),
        ]

    async def project(self, request: Request) -> Response:
        name, spec = await self._asked(request, "project_id")
        if name in self._projects.resources:
            raise ApiError(409, "project with such id already exists in the workspace", "ALREADY_EXISTS")
        self._projects.add_project(name.removeprefix("projects/"), host=self.host)
        taken = {field: spec[field] for field in ("display_name", "pg_version") if field in spec}
        self._projects.resources[name]["status"] |= taken
        return self._done(name)

    async def database(self, request: Request) -> Response:
        name, spec = await self._asked(request, "database_id")
        if name in self._projects.resources:
            raise ApiError(400, "database with that name already exists")
        self._projects.must_exist(spec.get("role", ""))
        return self._made(name, "database_id", spec)

    async def role(self, request: Request) -> Response:
        name, spec = await self._asked(request, "role_id")
        if name in self._projects.resources:
            raise ApiError(409, "role already exists", "ALREADY_EXISTS")
        return self._made(name, "role_id", spec)

    async def _asked(self, request: Request, id_field: str) -> tuple[str, dict[str, Any]]:
        """The name of what is to be made, and its specification."""
        spec = (await request.json()).get("spec") or {}
        parent = await self._projects.admit(request)
        self._projects.must_exist(parent.rpartition("/")[0])
        own_id = request.query_params.get(id_field, "")
        if not own_id:
            raise ApiError(400, f"Field '{id_field}' is required.", "INVALID_PARAMETER_VALUE")
        return f"{parent}/{own_id}", spec

    def _made(self, name: str, id_field: str, spec: dict[str, Any]) -> Response:
        parent, _, own_id = name.rpartition("/")
        self._projects.add(name, id_field, {id_field: own_id, **spec}, parent.rpartition("/")[0])
        return self._done(name)

    def _done(self, name: str) -> Response:
        made = self._projects.resources[name]
        return JSONResponse({"name": f"{name}/operations/{made['uid']}", "done": True, "response": made})
