"""MLflow assessments on traces, in memory: the 3.0 paths, and the 4.0 paths of traces stored in Unity Catalog."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.oauth import MLFLOW, Tokens

SOURCES = ("HUMAN", "LLM_JUDGE", "CODE")
CHANGEABLE = {"assessment_name", "feedback", "rationale", "metadata", "source"}

Json = dict[str, Any]


class Traces:
    """The traces that agents left; only these can be assessed. Set `location` ("catalog.schema") for v4 ids."""

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

    def info(self, trace_id: str) -> Json:
        assessments = list(self.assessments(trace_id).values())
        started = self._started[trace_id].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"trace_id": trace_id, "request_time": started, "state": "OK", "assessments": assessments}


class MLflow:
    def __init__(self, tokens: Tokens, faults: Faults, traces: Traces) -> None:
        self._tokens = tokens
        self._faults = faults
        self._traces = traces
        self.routes = []
        for trace in ("/api/3.0/mlflow/traces/{id}", "/api/4.0/mlflow/traces/{location}/{id}"):
            one = f"{trace}/assessments/{{assessment_id}}"
            self.routes += [
                Route(trace, self.get),
                Route(f"{trace}/assessments", self.create, methods=["POST"]),
                Route(one, self.update, methods=["PATCH"]),
                Route(one, self.delete, methods=["DELETE"]),
            ]

    async def get(self, request: Request) -> Response:
        self._tokens.caller(request, MLFLOW)
        return JSONResponse({"trace": {"trace_info": self._traces.info(_trace_id(request))}})

    async def create(self, request: Request) -> Response:
        trace_id, body = await self._open(request)
        given = _assessment(request, body)
        _check(given)
        now = _now()
        made = {key: value for key, value in given.items() if key in CHANGEABLE}
        made |= {"assessment_id": f"a-{uuid4().hex}", "trace_id": trace_id, "valid": True}
        made |= {"create_time": now, "last_update_time": now}
        self._traces.assessments(trace_id)[made["assessment_id"]] = made
        return _answer(request, made)

    async def update(self, request: Request) -> Response:
        trace_id, body = await self._open(request)
        old = self._find(trace_id, request)
        given = _assessment(request, body)
        mask = request.query_params.get("update_mask") or body.get("update_mask") or ""
        fields = {_snake(name.strip()) for name in mask.split(",") if name.strip()}
        if not fields or not fields <= CHANGEABLE:
            raise ApiError(400, f"Invalid update_mask: '{mask}'.", "INVALID_PARAMETER_VALUE")
        changed = old | {name: given.get(name) for name in fields} | {"last_update_time": _now()}
        changed = {name: value for name, value in changed.items() if value is not None}
        _check(changed)
        self._traces.assessments(trace_id)[old["assessment_id"]] = changed
        return _answer(request, changed)

    async def delete(self, request: Request) -> Response:
        trace_id, _ = await self._open(request)
        del self._traces.assessments(trace_id)[self._find(trace_id, request)["assessment_id"]]
        return JSONResponse({})

    async def _open(self, request: Request) -> tuple[str, Json]:
        await self._faults.meet(self._faults.assessments)
        self._tokens.caller(request, MLFLOW)
        trace_id = _trace_id(request)
        self._traces.assessments(trace_id)
        try:
            body = await request.json() if await request.body() else {}
        except ValueError as exc:
            raise ApiError(400, "The request body is not JSON.", "MALFORMED_REQUEST") from exc
        return trace_id, body if isinstance(body, dict) else {}

    def _find(self, trace_id: str, request: Request) -> Json:
        assessment_id = request.path_params["assessment_id"]
        found = self._traces.assessments(trace_id).get(assessment_id)
        if found is None:
            raise ApiError(404, f"Assessment with ID '{assessment_id}' not found for trace '{trace_id}'.")
        return found


def _trace_id(request: Request) -> str:
    location, trace_id = request.path_params.get("location"), request.path_params["id"]
    return f"trace:/{location}/{trace_id}" if location else str(trace_id)


def _assessment(request: Request, body: Json) -> Json:
    """3.0 wraps the assessment; 4.0 does not."""
    given = body if "location" in request.path_params else body.get("assessment")
    if not isinstance(given, dict):
        raise ApiError(400, "Missing value for required parameter 'assessment'.", "INVALID_PARAMETER_VALUE")
    return given


def _check(assessment: Json) -> None:
    source = assessment.get("source") or {}
    problem = None
    if not assessment.get("assessment_name"):
        problem = "Missing value for required parameter 'assessment_name'."
    elif source.get("source_type") not in SOURCES or not source.get("source_id"):
        problem = "Invalid value for parameter 'source'."
    elif "value" not in (assessment.get("feedback") or {}):
        problem = "Missing value for required parameter 'feedback.value'."
    if problem:
        raise ApiError(400, problem, "INVALID_PARAMETER_VALUE")


def _answer(request: Request, assessment: Json) -> Response:
    return JSONResponse(assessment if "location" in request.path_params else {"assessment": assessment})


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
