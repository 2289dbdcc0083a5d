"""The request format of an agent at a URL: from the setting, the path, or the agent's refusal of the other one."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.agents import Agents
from lib.agent.events import TraceId
from lib.agent.http.transport import Transport
from lib.agent.prompt import Prompt
from lib.config import load
from lib.workspace import Workspace as AppWorkspace
from local.workspace import Workspace
from local.workspace.server import Server
from tests.conftest import ANN
from tests.integration.test_agents import FAST, made, on_behalf, receive, receiving, sse
from tests.integration.test_agents import environ as environ

SPOKEN = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "In messages."}, "finish_reason": "stop"}]}
WRITTEN = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "In input."}]}


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    stream: bool = False


class InMessages(Asked):
    messages: list[dict[str, Any]]


class InInput(Asked):
    input: list[dict[str, Any]]


class WithoutStream(BaseModel):
    """The request of an agent that does not know the field `stream`."""

    model_config = ConfigDict(extra="forbid")
    input: list[dict[str, Any]]


@dataclass
class Place:
    """Custom agents as FastAPI and MLflow's agent server run them; `asked` has the requests by path."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    @property
    def fields(self) -> list[str]:
        return ["messages" if "messages" in body else "input" for _, body, _ in self.asked]


@pytest.fixture
def place() -> Iterator[Place]:
    found, app = Place(), FastAPI()

    @app.middleware("http")
    async def record(request: Request, call_next: Any) -> Any:
        found.asked.append((request.url.path, json.loads(await request.body()), dict(request.headers)))
        return await call_next(request)

    @app.post("/messages/invocations")
    async def in_messages(asked: InMessages) -> StreamingResponse:
        return streamed(SPOKEN)

    @app.post("/input/invocations")
    @app.post("/input/ask")
    async def in_input(asked: InInput) -> StreamingResponse:
        return streamed({"type": "response.output_item.done", "item": WRITTEN})

    @app.post("/checked/invocations")
    async def checked(request: Request) -> StreamingResponse:
        """MLflow's agent server with an agent that accepts messages."""
        try:
            InMessages.model_validate(await request.json())
        except ValidationError as error:
            raise HTTPException(400, f"Invalid parameters for ChatAgent: {error}") from error
        return streamed(SPOKEN)

    @app.post("/whole/invocations")
    async def whole(asked: WithoutStream) -> dict[str, Any]:
        return {"output": [WRITTEN]}

    @app.post("/looking/invocations")
    async def looking(request: Request) -> StreamingResponse:
        """MLflow's agent server with an untyped agent, which reads its messages only once it streams."""
        try:
            (await request.json())["messages"]
        except KeyError as error:
            return streamed({"error": str(error)})
        return streamed(SPOKEN)

    @app.post("/looking-first/invocations")
    async def looking_first(request: Request) -> StreamingResponse:
        try:
            return streamed(SPOKEN if (await request.json())["messages"] else None)
        except KeyError as error:
            raise HTTPException(500, str(error)) from error

    @app.post("/traced/invocations")
    async def traced(request: Request) -> StreamingResponse:
        given = {"X-MLflow-Trace-Id": "trace:/main.agents/0123456789abcdef0123456789abcdef"}
        return StreamingResponse(iter(sse(SPOKEN)), media_type="text/event-stream", headers=given)

    @app.post("/never/invocations")
    async def never(request: Request) -> None:
        wanted = "input" if "messages" in await request.json() else "messages"
        raise HTTPException(400, f"Model is missing inputs ['{wanted}'].")

    @app.post("/v1/responses")
    @app.post("/v1/chat/completions")
    async def told(request: Request) -> None:
        await never(request)

    server = Server(app, 0, lambda: None).start()
    found.url = f"http://127.0.0.1:{server.port}"
    yield found
    server.stop()


def streamed(data: object) -> StreamingResponse:
    return StreamingResponse(
        iter([f"data: {json.dumps(data)}\n\n", "data: [DONE]\n\n"]), media_type="text/event-stream"
    )


def agent_at(url: str, **settings: str) -> Agent:
    return Agents(load({"AGENT_URL": url, **settings}), AppWorkspace()).get(None)


@pytest.mark.parametrize(
    "path", [f"/{name}/invocations" for name in ("messages", "checked", "looking", "looking-first")]
)
def test_an_agent_that_refuses_input_is_sent_messages_from_then_on(path: str, place: Place) -> None:
    agent = agent_at(f"{place.url}{path}")
    assert [receive(agent).text for _ in range(2)] == ["In messages."] * 2
    assert place.fields == ["input", "messages", "messages"]


def test_an_agent_that_accepts_input_gets_a_single_request(place: Place) -> None:
    for path in ("/input/invocations", "/input/ask"):
        assert receive(agent_at(f"{place.url}{path}")).text == "In input."
    assert place.fields == ["input", "input"]


def test_an_agent_that_refuses_the_field_stream_is_asked_without_it(place: Place) -> None:
    assert receive(agent_at(f"{place.url}/whole/invocations")).text == "In input."
    assert [set(body) for _, body, _ in place.asked] == [{"input", "stream"}, {"input"}]


def test_concurrent_questions_that_are_refused_all_use_the_other_format(place: Place) -> None:
    agent = agent_at(f"{place.url}/messages/invocations")

    async def both() -> list[str]:
        return [received.text for received in await asyncio.gather(receiving(agent), receiving(agent))]

    assert asyncio.run(both()) == ["In messages."] * 2


def test_an_agent_that_refuses_both_formats_is_asked_once_in_each(place: Place) -> None:
    agent = agent_at(f"{place.url}/never/invocations")
    assert "the format in which the question was sent. It said: Model is missing inputs" in receive(agent).failure
    assert place.fields == ["input", "messages"]


@pytest.mark.parametrize(
    ("path", "settings", "asked"),
    [
        ("/v1/responses", {}, "input"),
        ("/v1/chat/completions", {}, "messages"),
        ("/never/invocations", {"AGENT_FORMAT": "responses"}, "input"),
        ("/never/invocations", {"AGENT_FORMAT": "chat"}, "messages"),
        ("/v1/chat/completions", {"AGENT_FORMAT": "responses"}, "input"),
    ],
)
def test_a_format_fixed_by_a_setting_or_path_is_not_changed_after_a_refusal(
    path: str, settings: dict[str, str], asked: str, place: Place
) -> None:
    assert "missing inputs" in receive(agent_at(f"{place.url}{path}", **settings)).failure
    assert place.fields == [asked]


def test_a_setting_decides_the_format_from_the_first_question_on(place: Place) -> None:
    assert receive(agent_at(f"{place.url}/messages/invocations", AGENT_FORMAT="chat")).text == "In messages."
    assert place.fields == ["messages"]


@pytest.mark.parametrize("where", ["demo-agent", "demo-chat", "demo-chatagent", "app", "openai"])
def test_every_agent_is_asked_for_its_trace_id(where: str, environ: dict[str, str], workspace: Workspace) -> None:
    receive(made(environ, where), token=on_behalf(workspace))
    [request] = workspace.requests.invocations
    assert request.headers["x-mlflow-return-trace-id"] == "true"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("serving-endpoints/any/invocations", {"databricks_options"}),
        ("ai-gateway/mlflow/v1/responses", set()),
        ("serving-endpoints/chat/completions", {"stream_options"}),
    ],
)
def test_a_workspace_address_is_sent_only_fields_that_it_knows(path: str, more: set[str]) -> None:
    agent = agent_at(f"https://dbc-1.cloud.databricks.com/{path}", AGENT_API_KEY="any")
    post = asyncio.run(agent.request(Prompt(UUID(int=1), ANN, []), Transport(FAST), print))
    assert set(post.body) - {"input", "messages", "stream"} == more
    assert post.headers == {"Authorization": "Bearer any", "x-mlflow-return-trace-id": "true"}


def test_an_external_agent_is_asked_for_its_trace_id_too(place: Place) -> None:
    receive(agent_at(f"{place.url}/input/invocations"))
    [(_, _, headers)] = place.asked
    assert headers["x-mlflow-return-trace-id"] == "true"


def test_a_trace_id_in_a_header_is_kept(place: Place) -> None:
    received = receive(agent_at(f"{place.url}/traced/invocations"))
    assert (received.text, received.failure) == ("In messages.", "")
    assert [event.id for event in received.events if isinstance(event, TraceId)] == [
        "trace:/main.agents/0123456789abcdef0123456789abcdef"
    ]


def test_an_endpoint_with_an_unknown_task_that_refuses_input_is_sent_messages(
    environ: dict[str, str], workspace: Workspace
) -> None:
    """For example, a task newer than this app."""
    agent = made(environ, "demo-chat")
    workspace.faults.discovery.always(status=200, body={"name": "demo-chat", "task": "agent/v9/chat"})
    assert [receive(agent).failure for _ in range(2)] == ["", ""]
    asked = ["messages" if "messages" in request.json else "input" for request in workspace.requests.invocations]
    assert asked == ["input", "messages", "messages"]
