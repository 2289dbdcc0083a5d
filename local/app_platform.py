"""Runs what was deployed to the local workspace, as Databricks Apps runs it: the uploaded files, and nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from local import lakebase
from local.app import AppProcess
from local.environment import STREAMLIT, Principal
from local.postgres import Cluster
from local.workspace import Workspace
from local.workspace.app_deployments import Deployment, DeploymentFailed

Json = dict[str, Any]
CRASHED = "app crashed unexpectedly. Please check /logz for more details"


class AppPlatform:
    """Each deployment replaces the process of the one before; it ends with the context.

    Nothing is installed: the app gets the packages of this Python. `principal` is the workspace's, and `cluster` the
    server of its Lakebase. `environ` is what every app finds in its environment.
    """

    def __init__(
        self, workspace: Workspace, principal: Principal, cluster: Cluster, folder: Path, environ: Mapping[str, str]
    ) -> None:
        self._workspace, self._principal, self._cluster = workspace, principal, cluster
        self._folder, self._environ = folder, environ
        self._process: AppProcess | None = None
        self._count = 0

    def __enter__(self) -> Self:
        self._workspace.deployments.launch = self.launch
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.terminate()

    def launch(self, deployment: Deployment) -> str:
        """The address of the process, once it answers. Raises DeploymentFailed."""
        self._count += 1
        source = self._folder / f"deployment-{self._count}"
        for path, content in deployment.files.items():
            file = source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        environ = {**self._environ, **STREAMLIT, **self._platform(deployment), **self._given(deployment)}
        if self._process:
            self._process.terminate()
        self._process = AppProcess(
            environ, log=source.with_suffix(".log"), script=deployment.command[-1], project=source
        )
        try:
            self._process.start()
        except RuntimeError as error:
            raise DeploymentFailed(CRASHED) from error
        return self._process.url

    def _platform(self, deployment: Deployment) -> dict[str, str]:
        """What the platform sets by itself."""
        given = {
            "DATABRICKS_APP_NAME": deployment.app["name"],
            "DATABRICKS_HOST": self._workspace.url,
            "DATABRICKS_CLIENT_ID": self._principal.client_id,
            "DATABRICKS_CLIENT_SECRET": self._principal.client_secret,
        }
        databases = [resource["postgres"] for resource in _resources(deployment) if "postgres" in resource]
        return given | (self._database(databases[0]["database"]) if databases else {})

    def _database(self, path: str) -> dict[str, str]:
        """Of the first database that is bound, with the role that the platform makes for the app."""
        name = self._workspace.lakebase_projects.resources[path]["status"]["postgres_database"]
        lakebase.bind(self._cluster, role=self._principal.client_id, database=name)
        return {
            "PGHOST": self._cluster.host,
            "PGPORT": str(self._cluster.port),
            "PGDATABASE": name,
            "PGUSER": self._principal.client_id,
            "PGSSLMODE": self._cluster.sslmode,
            "PGAPPNAME": "lakechat",
        }

    def _given(self, deployment: Deployment) -> dict[str, str]:
        """What app.yaml says, or the deployment in its place. Raises DeploymentFailed."""
        app_yaml = yaml.safe_load(deployment.files.get("app.yaml", b"")) or {}
        return dict(self._variable(deployment, entry) for entry in deployment.env or app_yaml.get("env") or ())

    def _variable(self, deployment: Deployment, entry: Json) -> tuple[str, str]:
        source = entry.get("value_from") or entry.get("valueFrom")
        if not source:
            return entry["name"], str(entry.get("value", ""))
        for resource in _resources(deployment):
            if resource["name"] == source:
                with suppress(StopIteration):
                    return entry["name"], next(_values(resource))
        raise DeploymentFailed(f"error resolving resource {source}")


def _resources(deployment: Deployment) -> list[Json]:
    return deployment.app.get("resources") or []


def _values(resource: Json) -> Iterator[str]:
    """What a variable gets that is set from the resource."""
    if "serving_endpoint" in resource:
        yield resource["serving_endpoint"]["name"]
    if "postgres" in resource:
        yield f"{resource['postgres']['branch']}/endpoints/primary"
    if "experiment" in resource:
        yield resource["experiment"]["experiment_id"]
