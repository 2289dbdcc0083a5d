"""The supervisors that Databricks builds, and the agents that each of them asks, as the `supervisor-agents` API lists
them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.paging import page
from local.workspace.tokens import SERVING, Tokens

API = "/api/2.1/supervisor-agents"
SUPERVISOR_ID = "00000000-0000-4000-8000-0000000005a5"
NAME = f"supervisor-agents/{SUPERVISOR_ID}"


class Supervisors:
    """`tools` are those of the demo's one supervisor."""

    def __init__(self, tokens: Tokens, faults: Faults) -> None:
        self._tokens = tokens
        self._faults = faults
        self.tools: list[dict[str, Any]] = [
            _tool("handbook", "knowledge_assistant", {"serving_endpoint_name": "demo-knowledge"}),
            _tool("sales", "genie_space", {"id": "local-space"}),
        ]
        self.routes = [
            Route(API, self.index, methods=["GET"]),
            Route(f"{API}/{{id}}/tools", self.show_tools, methods=["GET"]),
        ]

    async def index(self, request: Request) -> Response:
        await self._admit(request)
        supervisor = {
            "name": NAME,
            "supervisor_agent_id": SUPERVISOR_ID,
            "display_name": "Help desk",
            "endpoint_name": "demo-supervisor",
            "creator": "demo@example.com",
        }
        return JSONResponse(page(request, "supervisor_agents", [supervisor]))

    async def show_tools(self, request: Request) -> Response:
        await self._admit(request)
        if request.path_params["id"] != SUPERVISOR_ID:
            raise ApiError(404, "The supervisor agent does not exist.", "NOT_FOUND")
        return JSONResponse(page(request, "tools", self.tools))

    async def _admit(self, request: Request) -> None:
        await self._faults.meet(self._faults.supervisors)
        self._tokens.caller(request, SERVING)


def _tool(id: str, kind: str, spec: dict[str, str]) -> dict[str, Any]:
    return {"name": f"{NAME}/tools/{id}", "tool_id": id, "tool_type": kind, "description": f"The {id}.", kind: spec}
