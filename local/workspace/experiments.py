"""MLflow's experiments, as far as they are looked up by their number."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.tokens import MLFLOW, Tokens

DEMO_EXPERIMENT = "1000000000000001"


class Experiments:
    """`experiments` are by number."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self.experiments: dict[str, dict[str, Any]] = {DEMO_EXPERIMENT: _experiment(DEMO_EXPERIMENT)}
        self.routes = [Route("/api/2.0/mlflow/experiments/get", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        await self._faults.meet(self._faults.experiments)
        self._tokens.caller(request, MLFLOW)
        id = request.query_params.get("experiment_id", "")
        if id not in self.experiments:
            raise ApiError(404, f"Node ID {id} does not exist.")
        return JSONResponse({"experiment": self.experiments[id]})


def _experiment(id: str) -> dict[str, Any]:
    return {
        "experiment_id": id,
        "name": f"/Users/demo@example.com/experiment-{id}",
        "artifact_location": f"dbfs:/databricks/mlflow-tracking/{id}",
        "lifecycle_stage": "active",
        "last_update_time": 1767225600000,
        "creation_time": 1767225600000,
    }
