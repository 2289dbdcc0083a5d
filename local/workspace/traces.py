"""The traces that agents left, and what was said about each."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.workspace.errors import ApiError

Json = dict[str, Any]


class Traces:
    """Only these traces can be assessed. Set `location` ("catalog.schema", or with a prefix of tables) for v4 ids."""

    def __init__(self) -> None:
        self.location: str | None = None
        self._assessments: dict[str, dict[str, Json]] = {}
        self._started: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def new(self) -> str:
        trace_id = f"trace:/{self.location}/{uuid4().hex}" if self.location else f"tr-{uuid4().hex}"
        self.register(trace_id)
        return trace_id

    def register(self, trace_id: str) -> None:
        """Add a trace that no agent of this workspace has written."""
        with self._lock:
            self._assessments.setdefault(trace_id, {})
            self._started.setdefault(trace_id, datetime.now(UTC))

    def assessments(self, trace_id: str) -> dict[str, Json]:
        """By assessment id, oldest first; raises ApiError 404 for an unknown trace."""
        if trace_id not in self._assessments:
            raise ApiError(404, f"Trace with ID '{trace_id}' not found.")
        return self._assessments[trace_id]

    def add(self, trace_id: str, assessment: Json) -> None:
        """Raises ApiError when any trace has an assessment of that id."""
        with self._lock:
            found = self.assessments(trace_id)
            assessment_id = assessment["assessment_id"]
            if any(assessment_id in others for others in self._assessments.values()):
                problem = f"Failed to create assessment for trace '{trace_id}' due to a constraint violation."
                raise ApiError(500, problem, "INTERNAL_ERROR")
            found[assessment_id] = assessment

    def remove(self, trace_id: str, assessment_id: str) -> None:
        """Does nothing when there is no such trace or assessment."""
        self._assessments.get(trace_id, {}).pop(assessment_id, None)

    def info(self, trace_id: str) -> Json:
        assessments = list(self.assessments(trace_id).values())
        started = rfc3339(self._started[trace_id])
        info = {**place(trace_id), "request_time": started, "state": "OK"}
        return info | ({"assessments": assessments} if assessments else {})


def place(trace_id: str) -> Json:
    """The trace's id and location as fields: there, the id of a trace in Unity Catalog has no location in it."""
    if not trace_id.startswith("trace:/"):
        experiment = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
        return {"trace_id": trace_id, "trace_location": experiment}
    _, location, number = trace_id.split("/")
    catalog, schema, *prefix = location.split(".")
    table = {"catalog_name": catalog, "schema_name": schema}
    if prefix:
        where: Json = {"type": "UC_TABLE_PREFIX", "uc_table_prefix": table | {"table_prefix": prefix[0]}}
    else:
        where = {"type": "UC_SCHEMA", "uc_schema": table}
    return {"trace_id": number, "trace_location": where}


def rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
