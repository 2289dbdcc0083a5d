"""MLflow assessments on traces: the 3.0 paths, and the 4.0 paths of traces stored in Unity Catalog.

The 3.0 paths answer as MLflow's own tracking server does, which tests/local/test_mlflow.py compares. No server but
Databricks' has the 4.0 paths: they take what MLflow's client sends and answer what it reads.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from local.workspace.assessments import changed, new_assessment, snake, snake_keys
from local.workspace.errors import ApiError
from local.workspace.faults import Fault, Faults
from local.workspace.server import Server
from local.workspace.tokens import MLFLOW, Tokens
from local.workspace.traces import Json, Traces, place, rfc3339


class MLflow:
    """`server` is set once it runs; before that there is no connection to cut."""

    server: Server

    def __init__(self, tokens: Tokens, faults: Faults, traces: Traces) -> None:
        self._tokens = tokens
        self._faults = faults
        self._traces = traces
        in_experiment, in_catalog = "/api/3.0/mlflow/traces/{id}", "/api/4.0/mlflow/traces/{location}/{id}"
        self.routes = [Route(in_experiment, self.get_trace), Route(f"{in_catalog}/info", self.get_trace)]
        for trace in (in_experiment, in_catalog):
            one = f"{trace}/assessments/{{assessment_id}}"
            self.routes += [
                Route(f"{trace}/assessments", self.create, methods=["POST"]),
                Route(one, self.get, methods=["GET"]),
                Route(one, self.update, methods=["PATCH"]),
                Route(one, self.delete, methods=["DELETE"]),
            ]

    async def get_trace(self, request: Request) -> Response:
        self._tokens.caller(request, MLFLOW)
        return JSONResponse({"trace": {"trace_info": self._traces.info(_trace_id(request))}})

    async def get(self, request: Request) -> Response:
        self._tokens.caller(request, MLFLOW)
        return _answer(request, self._find(request))

    async def create(self, request: Request) -> Response:
        fault = await self._meet(request)
        given = _assessment(request, await _json(request))
        if "feedback" not in given:
            raise _invalid("Unknown assessment type: None")
        trace_id = _trace_id(request)
        made = new_assessment(given) | (place(trace_id) if _is_in_catalog(request) else {"trace_id": trace_id})
        self._traces.add(trace_id, made)
        return await self._send(request, fault, _answer(request, made))

    async def update(self, request: Request) -> Response:
        fault = await self._meet(request)
        body = await _json(request)
        given = _assessment(request, body)
        names = _names_in_query(request) if _is_in_catalog(request) else _names_in_body(body)
        found = self._find(request)
        found.update({name: value for name, value in changed(found, given).items() if name in names})
        found["last_update_time"] = rfc3339(datetime.now(UTC))
        return await self._send(request, fault, _answer(request, found))

    async def delete(self, request: Request) -> Response:
        fault = await self._meet(request)
        self._traces.remove(_trace_id(request), request.path_params["assessment_id"])
        return await self._send(request, fault, JSONResponse({}))

    async def _meet(self, request: Request) -> Fault:
        fault = await self._faults.meet(self._faults.assessments)
        self._tokens.caller(request, MLFLOW)
        return fault

    async def _send(self, request: Request, fault: Fault, answer: Response) -> Response:
        """What was asked is done by now, also when the answer is held back or never arrives."""
        await fault.hold(0, self._faults.closing)
        if fault.cut_after is not None:
            return Cut(partial(self.server.drop, request.scope["client"]))
        return answer

    def _find(self, request: Request) -> Json:
        trace_id, assessment_id = _trace_id(request), request.path_params["assessment_id"]
        found = self._traces.assessments(trace_id).get(assessment_id)
        if found is None:
            raise ApiError(404, f"Assessment with ID '{assessment_id}' not found for trace '{trace_id}'")
        return found


class Cut(Response):
    """No answer at all: the connection ends."""

    def __init__(self, drop: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._drop()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _json(request: Request) -> Json:
    """Empty when the body is no object, as MLflow reads it."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _is_in_catalog(request: Request) -> bool:
    return "location" in request.path_params


def _trace_id(request: Request) -> str:
    trace_id = str(request.path_params["id"])
    return f"trace:/{request.path_params['location']}/{trace_id}" if _is_in_catalog(request) else trace_id


def _assessment(request: Request, body: Json) -> Json:
    """3.0 wraps the assessment; 4.0 does not, and says again where the trace is."""
    if _is_in_catalog(request):
        given = snake_keys(body)
        if not _includes(given, place(_trace_id(request))):
            raise _invalid("The trace_id or trace_location of the assessment is not that of the path.")
        return given
    if body.get("assessment") is None:
        raise _missing("assessment")
    return snake_keys(body["assessment"])


def _includes(given: object, wanted: Json) -> bool:
    """Whether `given` has at least this: MLflow's client adds names of tables to a location."""
    return isinstance(given, dict) and all(
        _includes(given.get(name), each) if isinstance(each, dict) else given.get(name) == each
        for name, each in wanted.items()
    )


def _names_in_body(body: Json) -> set[str]:
    """MLflow ignores what it does not know, and all that follows a name with an underscore: JSON masks have none."""
    mask = body.get("update_mask")
    if not mask:
        raise _missing("update_mask")
    names = mask.split(",") if isinstance(mask, str) else []
    return {snake(name) for name in takewhile(lambda name: "_" not in name, names)}


def _names_in_query(request: Request) -> set[str]:
    mask = request.query_params.get("update_mask")
    if not mask:
        raise _missing("update_mask")
    return {snake(name) for name in mask.split(",")}


def _answer(request: Request, assessment: Json) -> Response:
    return JSONResponse(assessment if _is_in_catalog(request) else {"assessment": assessment})


def _missing(name: str) -> ApiError:
    hint = "See the API docs for more information about request parameters."
    return _invalid(f"Missing value for required parameter '{name}'. {hint}")


def _invalid(message: str) -> ApiError:
    return ApiError(400, message, "INVALID_PARAMETER_VALUE")
