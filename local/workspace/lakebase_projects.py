"""Lakebase's projects, branches, endpoints, databases and roles, as the `postgres` API lists and shows them.

What can be created over HTTP is in lakebase_creation.py. Tests call `add_project`, `add_branch`, `add_endpoint` or
`remove`, or change `resources`.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.paging import page
from local.workspace.tokens import POSTGRES, Tokens

Json = dict[str, Any]

ENDPOINT = "projects/lakechat/branches/production/endpoints/primary"
OWNER = "demo@example.com"
HOSTS_DOMAIN = "database.us-east-1.cloud.databricks.com"
API = "/api/2.0/postgres/"
COLLECTIONS = (
    "projects",
    "projects/{project}/branches",
    *(f"projects/{{project}}/branches/{{branch}}/{kind}" for kind in ("endpoints", "databases", "roles")),
)
SETTINGS: Json = {
    "autoscaling_limit_min_cu": 1.0,
    "autoscaling_limit_max_cu": 1.0,
    "suspend_timeout_duration": "86400s",
}
"""What Lakebase gives a project that sets nothing."""


class LakebaseProjects:
    """`resources` are by their names, in the order of the lists; `hidden` are the projects that the caller may not see.

    `host` is where the endpoints are of projects that are created over HTTP. `faults.lakebase` refuses or delays a
    request: 403 for an app without permission, 404 with FEATURE_DISABLED where a workspace has no Lakebase.
    """

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self.resources: dict[str, Json] = {}
        self.hidden: set[str] = set()
        self.host: str | None = None
        self.routes = [Route(f"{API}{path}", self.show_all, methods=["GET"]) for path in COLLECTIONS]
        self.routes += [Route(f"{API}{path}/{{id}}", self.show, methods=["GET"]) for path in COLLECTIONS]

    def add_project(self, project_id: str, *, host: str | None = None, role: str | None = None) -> str:
        """A project with what Lakebase creates together with it; returns the path of its endpoint.

        `host` is the endpoint's, by default one as Lakebase names them; `role` is a service principal that may log in.
        """
        name = f"projects/{project_id}"
        status = {
            "project_id": project_id,
            "display_name": project_id,
            "default_branch": f"{name}/branches/production",
            "default_endpoint_settings": SETTINGS,
            "pg_version": 17,
            "history_retention_duration": "604800s",
            "enable_pg_native_login": False,
            "owner": OWNER,
            "branch_logical_size_limit_bytes": 8796093022208,
            "synthetic_storage_size_bytes": 0,
        }
        self.add(name, "project_id", status)
        return self.add_branch(name, "production", host=host, role=role, default=True)

    def add_branch(
        self, project: str, branch_id: str, *, host: str | None = None, role: str | None = None, default: bool = False
    ) -> str:
        """A branch with its read-write endpoint, whose path is returned, its database, and perhaps a role."""
        name = f"{project}/branches/{branch_id}"
        states = {"current_state": "READY", "state_change_time": _now(), "default": default, "is_protected": False}
        self.add(name, "branch_id", {"branch_id": branch_id, **states, "logical_size_bytes": 0}, project)
        endpoint = self.add_endpoint(name, "primary", host=host)
        if role:
            self.add_role(name, role)
        owner = self.add_role(name, OWNER, "USER")
        database = {"database_id": "databricks-postgres", "postgres_database": "databricks_postgres", "role": owner}
        self.add(f"{name}/databases/databricks-postgres", "database_id", database, name)
        return endpoint

    def add_endpoint(self, branch: str, endpoint_id: str, *, host: str | None = None, read_only: bool = False) -> str:
        """Returns its path. Its hosts are those that an endpoint of the kind always has."""
        name = f"{branch}/endpoints/{endpoint_id}"
        uid = f"ep-{hashlib.sha256(name.encode()).hexdigest()[:20]}"
        host = host or f"{uid}.{HOSTS_DOMAIN}"
        first, dot, domain = host.partition(".")
        pooled = f"{first}-pooler{dot}{domain}"
        hosts = {"read_only_host": host, "read_only_pooled_host": pooled} if read_only else {}
        status = {
            "endpoint_id": endpoint_id,
            "endpoint_type": "ENDPOINT_TYPE_READ_ONLY" if read_only else "ENDPOINT_TYPE_READ_WRITE",
            "current_state": "ACTIVE",
            "disabled": False,
            "settings": {},
            **SETTINGS,
            "hosts": {"host": host, **(hosts or {"read_write_pooled_host": pooled})},
            "group": {"min": 1, "max": 1, "enable_readable_secondaries": False},
            "last_active_time": _now(),
        }
        self.add(name, "endpoint_id", status, branch)
        self.resources[name]["uid"] = uid
        return name

    def add_role(self, branch: str, postgres_role: str, identity_type: str = "SERVICE_PRINCIPAL") -> str:
        """The role of a service principal, as binding a database to an app creates it; returns its path."""
        role_id = f"role-{hashlib.sha256(postgres_role.encode()).hexdigest()[:8]}"
        status = {
            "role_id": role_id,
            "postgres_role": postgres_role,
            "identity_type": identity_type,
            "auth_method": "LAKEBASE_OAUTH_V1",
            "attributes": {"bypassrls": False, "createdb": False, "createrole": False},
            "membership_roles": ["DATABRICKS_SUPERUSER"] if identity_type == "USER" else [],
        }
        name = f"{branch}/roles/{role_id}"
        self.add(name, "role_id", status, branch)
        return name

    def remove(self, name: str) -> None:
        """The resource and everything below it."""
        for other in [other for other in self.resources if f"{other}/".startswith(f"{name}/")]:
            del self.resources[other]

    async def show_all(self, request: Request) -> Response:
        name = await self.admit(request)
        parent, _, collection = name.rpartition("/")
        self.must_exist(parent)
        children = [self.resources[child] for child in self.resources if child.rpartition("/")[0] == name]
        return JSONResponse(
            page(request, collection, [child for child in children if child["name"] not in self.hidden])
        )

    async def show(self, request: Request) -> Response:
        name = await self.admit(request)
        self.must_exist(name)
        return JSONResponse(self.resources[name])

    async def admit(self, request: Request) -> str:
        """The name in the path, once the caller may ask. Raises Finished."""
        await self._faults.meet(self._faults.lakebase)
        self._tokens.caller(request, POSTGRES)
        return request.url.path.removeprefix(API)

    def must_exist(self, name: str) -> None:
        """Raises ApiError, which names the first missing part of the path, as Lakebase does; refuses what is hidden."""
        steps = name.split("/") if name else []
        for end in range(2, len(steps) + 1, 2):
            if (part := "/".join(steps[:end])) in self.hidden:
                raise ApiError(403, f"The caller has no permission to view {part}.")
            if part not in self.resources:
                kind = {"branches": "branch"}.get(steps[end - 2], steps[end - 2].rstrip("s"))
                raise ApiError(404, f"{kind} id not found", "NOT_FOUND")

    def add(self, name: str, id_field: str, status: Json, parent: str | None = None) -> None:
        """Any resource, or another one in its place."""
        uid = hashlib.sha256(name.encode()).hexdigest()[:32]
        above = {"parent": parent} if parent else {}
        times = {"create_time": _now(), "update_time": _now()}
        self.resources[name] = {
            "name": name,
            id_field: status[id_field],
            **above,
            "uid": uid,
            **times,
            "status": status,
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
