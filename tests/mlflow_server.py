"""MLflow's own tracking server, for tests of what is sent to MLflow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.server_process import START_SECONDS, packages, server_process

# The app that `mlflow server --gunicorn-opts …` serves; the other one only wraps it.
MODULE = ("flask", "--app", "mlflow.server:app", "run", "--port", "0")


@dataclass(frozen=True)
class MLflowServer:
    url: str

    def new_trace(self) -> str:
        """Leave a trace as an agent does, though without spans; returns its id."""
        trace_id = f"tr-{uuid4().hex}"
        info = {
            "trace_id": trace_id,
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
            "request_time": datetime.now(UTC).isoformat(),
            "state": "OK",
        }
        body = {"trace": {"trace_info": info}}
        httpx.post(f"{self.url}/api/3.0/mlflow/traces", json=body, timeout=START_SECONDS).raise_for_status()
        return trace_id

    def assessments(self, trace_id: str) -> list[dict[str, Any]]:
        """Oldest first."""
        answer = httpx.get(f"{self.url}/api/3.0/mlflow/traces/{trace_id}", timeout=START_SECONDS).raise_for_status()
        found = answer.json()["trace"]["trace_info"].get("assessments", [])
        return sorted(found, key=lambda each: str(each["create_time"]))


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MLflowServer]:
    """Run the server over SQLite."""
    environment = _environment(folder)
    with server_process(*MODULE, folder=folder, sees=[packages("mlflow")], environment=environment) as url:
        server = MLflowServer(url)
        server.new_trace()  # the first request makes the tables, which takes longer than a client may wait
        yield server


def _environment(folder: Path) -> dict[str, str]:
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "artifacts"),
    }
