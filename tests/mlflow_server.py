"""MLflow's own tracking server, for tests of what is sent to MLflow."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from local import processes
from local.environment import without
from local.os_user import OsUser

PACKAGES = Path(sys.prefix) / "mlflow"
"""Where `make setup` puts requirements-mlflow.txt: out of the tests' own sight."""
# The first start after an installation compiles a thousand files, maybe on a busy machine.
START_SECONDS = 240.0
STOP_SECONDS = 5.0
FOREIGN = ("MLFLOW_", "_MLFLOW_", "DATABRICKS_", "OTEL_", "FLASK_", "PYTHON")


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
    """Run the server over SQLite; everything it writes is in `folder`."""
    assert PACKAGES.exists(), "run `make setup`: the packages of requirements-mlflow.txt are not installed"
    log = folder / "server.log"
    with log.open("wb") as output:
        process = processes.spawn(
            # The app that `mlflow server --gunicorn-opts …` serves; the other one only wraps it.
            [sys.executable, "-m", "flask", "--app", "mlflow.server:app", "run", "--port", "0"],
            death_signal=signal.SIGKILL,
            environment=without(os.environ, *FOREIGN) | _environment(folder),
            directory=folder,
            os_user=OsUser("ours"),
            output=output,
        )
    try:
        server = MLflowServer(_url(log, process.poll))
        server.new_trace()  # the first request makes the tables, which takes longer than a client may wait
        yield server
    finally:
        processes.end(process, signal.SIGTERM, seconds=STOP_SECONDS)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(PACKAGES),
        "HOME": str(folder),
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "artifacts"),
    }


def _url(log: Path, exit_code: Any) -> str:
    """The address that the server chose and logs once it listens."""

    def found() -> re.Match[str] | None:
        return re.search(r"Running on (http://127\.0\.0\.1:\d+)", log.read_text())

    processes.wait_until(lambda: bool(found()) or exit_code() is not None, seconds=START_SECONDS, every_seconds=0.05)
    if (address := found()) is None:
        raise RuntimeError(f"MLflow's server did not start: {log.read_text()}")
    return address[1]
