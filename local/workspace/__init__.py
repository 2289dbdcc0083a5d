"""The local workspace: an HTTP server with the Databricks APIs that the app uses, and a demo agent."""

import threading
from types import TracebackType
from typing import Any, Self

from psycopg2.extensions import parse_dsn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from local.demo.data import shared_warehouse
from local.workspace.app_deployments import AppDeployments
from local.workspace.apps import Apps
from local.workspace.credentials import Credentials, Minter
from local.workspace.errors import Finished, answer_finished, answer_unknown_path
from local.workspace.experiments import DEMO_EXPERIMENT, Experiments
from local.workspace.faults import Fault, Faults
from local.workspace.genie import Genie
from local.workspace.lakebase_creation import LakebaseCreation
from local.workspace.lakebase_instances import INSTANCE, LakebaseInstances
from local.workspace.lakebase_projects import ENDPOINT, LakebaseProjects
from local.workspace.mlflow import MLflow
from local.workspace.oauth import OAuth
from local.workspace.permissions import Permissions
from local.workspace.request_log import Recorded, Recorder, RequestLog
from local.workspace.server import ADDRESS, Server
from local.workspace.serving import ENDPOINTS, Serving
from local.workspace.supervisors import Supervisors
from local.workspace.tokens import Tokens
from local.workspace.traces import Traces
from local.workspace.unity_catalog import UnityCatalog
from local.workspace.volumes import VOLUME, Volumes
from local.workspace.workspace_files import WorkspaceFiles

__all__ = ["DEMO_EXPERIMENT", "ENDPOINT", "INSTANCE", "VOLUME", "Fault", "Recorded", "Workspace"]

DEFAULT_USER_SCOPES = ("iam.current-user:read", "iam.access-control:read")


class Workspace:
    """Serves while it is entered, and can be entered once.

    `admin_dsn` is a superuser's, for the server whose `role` the credentials are for. The workspace has a project and a
    provisioned instance with the host of that server; without it, neither. `words_per_second` is the demo agent's pace;
    `float("inf")` makes it answer at once.
    """

    def __init__(
        self,
        admin_dsn: str | None,
        *,
        role: str,
        client_id: str,
        client_secret: str,
        credential_ttl_seconds: int = 3600,
        words_per_second: float = 25.0,
        port: int = 0,
    ) -> None:
        self.requests = RequestLog()
        self.faults = Faults()
        self.tokens = Tokens()
        self.traces = Traces()
        self.minter = Minter(admin_dsn, role, credential_ttl_seconds) if admin_dsn else None
        self.lakebase_projects = LakebaseProjects(self.tokens, self.faults)
        self.lakebase_creation = LakebaseCreation(self.lakebase_projects)
        self.lakebase_instances = LakebaseInstances(self.tokens, self.faults)
        if admin_dsn:
            host = str(parse_dsn(admin_dsn)["host"])
            self.lakebase_creation.host = host
            self.lakebase_projects.add_project("lakechat", host=host, role=role)
            self.lakebase_instances.add(INSTANCE, host=host)
        self._wanted_port = port
        self.volumes = Volumes(self.tokens, self.faults)
        self.genie = Genie(self.tokens, self.faults)
        self.files = WorkspaceFiles(self.tokens)
        self.apps = Apps(self.tokens, self.faults, self.lakebase_projects, client_id, ENDPOINTS.__contains__)
        self.deployments = AppDeployments(self.apps, self.files, self.faults)
        self.permissions = Permissions(self.tokens, self.faults)
        self.permissions.grant("experiments", DEMO_EXPERIMENT, client_id, "CAN_EDIT")
        self.experiments = Experiments(self.tokens, self.faults)
        self.catalog = UnityCatalog(self.tokens, self.faults)
        self.catalog.privileges[client_id] = {"READ_VOLUME", "WRITE_VOLUME"}
        self.supervisors = Supervisors(self.tokens, self.faults)
        self._mlflow = MLflow(self.tokens, self.faults, self.traces)
        self._serving = Serving(self.tokens, self.faults, self.traces, words_per_second)
        parts = (
            OAuth(self.tokens, self.faults, client_id, client_secret),
            self.lakebase_projects,
            self.lakebase_creation,
            self.lakebase_instances,
            Credentials(self.tokens, self.faults, self.minter, self.lakebase_projects, self.lakebase_instances),
            self._mlflow,
            self.volumes,
            self.genie,
            self.permissions,
            self.experiments,
            self.catalog,
            self.supervisors,
            self.files,
            self.deployments,
            self.apps,
            self._serving,
        )
        self._app = Starlette(
            routes=[route for part in parts for route in part.routes],
            middleware=[Middleware(Recorder, log=self.requests)],
            exception_handlers={Finished: answer_finished, 404: answer_unknown_path},
        )

    def __enter__(self) -> Self:
        self._server = Server(self._app, self._wanted_port, self.faults.closing.set)
        self._serving.server = self._mlflow.server = self._server
        self._server.start()
        self.apps.doors.sign_in_url = self.url
        # Loading the data takes a quarter of a second, which the first question should not wait for.
        threading.Thread(target=shared_warehouse, name="demo-data").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.apps.doors.close()
        self._server.stop()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def user_scopes(self) -> dict[str, list[str]]:
        """What a user's token must have for an endpoint; may be changed."""
        return self._serving.user_scopes

    @property
    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Fields that differ from what is usual in what is told about an endpoint, by its name; may be changed."""
        return self._serving.changed

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    def issue_user_token(
        self, email: str, ttl_seconds: float = 3600.0, scopes: tuple[str, ...] = ("model-serving",)
    ) -> str:
        """A token as Databricks Apps forwards it, a JWT, with the scopes that every app has besides."""
        return self.tokens.issue(email, ttl_seconds, frozenset((*DEFAULT_USER_SCOPES, *scopes)))
