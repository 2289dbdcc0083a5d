"""Deployments of an app's code: each goes on by itself, and says how far it is when asked."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.app_doors import NOWHERE
from local.workspace.apps import API, UNAVAILABLE, Apps
from local.workspace.errors import ApiError
from local.workspace.faults import Fault, Faults
from local.workspace.paging import page
from local.workspace.workspace_files import WorkspaceFiles

Json = dict[str, Any]
STEP_SECONDS = 0.01
RUNNING = {"state": "RUNNING", "message": "App has status: App is running"}
CRASHED = {"state": "CRASHED", "message": "App has status: App crashed unexpectedly"}


class DeploymentFailed(Exception):
    """The text becomes the message of the failed deployment."""


@dataclass(frozen=True)
class Deployment:
    """What is to be run: `files` by their path below the source's folder, `env` as the bundle or app.yaml sends it."""

    app: Json
    files: Mapping[str, bytes]
    command: list[str]
    env: list[Json]


class AppDeployments:
    """`launch` runs the code and returns the address of the process; it may raise DeploymentFailed.

    What it does may take its time. By default nothing is run, and the app's address answers 502.
    """

    def __init__(self, apps: Apps, files: WorkspaceFiles, faults: Faults) -> None:
        self.launch: Callable[[Deployment], str] = lambda deployment: NOWHERE
        self._apps = apps
        self._files = files
        self._faults = faults
        self._items: dict[str, list[Json]] = {}
        self._running: set[asyncio.Task[None]] = set()
        at = f"{API}/{{name}}/deployments"
        self.routes = [
            Route(at, self.create, methods=["POST"]),
            Route(at, self.show_all, methods=["GET"]),
            Route(f"{at}/{{deployment_id}}", self.show, methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        body = await request.json()
        caller = await self._apps.caller(request)
        app = self._apps.found(request.path_params["name"])
        if app["compute_status"]["state"] != "ACTIVE":
            raise ApiError(400, f"Cannot deploy app {app['name']} as its compute is not running.", "BAD_REQUEST")
        if "pending_deployment" in app:
            raise ApiError(400, f"Cannot deploy app {app['name']}: a deployment is in progress.", "BAD_REQUEST")
        fault = await self._faults.meet(self._faults.deployments)
        made = self._items.setdefault(app["name"], [])
        deployment = {
            "deployment_id": f"01f0{len(made):028x}",
            "creator": caller,
            **{field: body[field] for field in ("mode", "source_code_path", "command", "env_vars") if field in body},
            "status": _in_progress("Preparing source code for new app deployment."),
        }
        made.append(deployment)
        app["pending_deployment"] = deployment
        task = asyncio.create_task(self._go_on(app, deployment, fault))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return JSONResponse(deployment)

    async def show_all(self, request: Request) -> Response:
        await self._apps.caller(request)
        return JSONResponse(page(request, "app_deployments", self._items.get(request.path_params["name"], [])[::-1]))

    async def show(self, request: Request) -> Response:
        await self._apps.caller(request)
        wanted = request.path_params["deployment_id"]
        for deployment in self._items.get(request.path_params["name"], ()):
            if deployment["deployment_id"] == wanted:
                names = [{"name": variable["name"]} for variable in deployment.get("env_vars", ())]
                return JSONResponse(deployment | ({"env_vars": names} if names else {}))  # values are never shown
        raise ApiError(404, f"Deployment {wanted} does not exist.")

    async def _go_on(self, app: Json, deployment: Json, fault: Fault) -> None:
        app["app_status"] = {"state": "DEPLOYING", "message": "App has status: App is deploying"}
        await asyncio.sleep(STEP_SECONDS)
        command = deployment.get("command") or ["streamlit", "run", "app.py"]
        deployment["status"] = _in_progress(f"Starting app with command: [{' '.join(command)}]")
        await fault.hold(0, self._faults.closing)
        app.pop("pending_deployment", None)
        try:
            if fault.message:
                raise DeploymentFailed(fault.message)
            files = self._files.below(deployment.get("source_code_path", ""))
            wanted = Deployment(app, files, command, deployment.get("env_vars", []))
            url = await asyncio.to_thread(self.launch, wanted)
        except DeploymentFailed as failed:
            deployment["status"] = {"state": "FAILED", "message": str(failed)}
            app["app_status"] = CRASHED if "crashed" in str(failed) else UNAVAILABLE
            return
        deployment["status"] = {"state": "SUCCEEDED", "message": "App started successfully"}
        app |= {
            "app_status": RUNNING,
            "active_deployment": deployment,
            "default_source_code_path": deployment.get("source_code_path", ""),
        }
        self._apps.doors.open(app["name"], url)


def _in_progress(message: str) -> Json:
    return {"state": "IN_PROGRESS", "message": message}
