"""Model serving: endpoint discovery and invocations, the agent behind an app's address, an OpenAI-compatible one."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.demo import handbook, small_model, team
from local.demo.agent import DemoAgent
from local.demo.asked_again import Days
from local.demo.events import Event, Message, ToolCall
from local.workspace import agent_bricks, answer_formats, chat_agent_format
from local.workspace.endpoints import USER_SCOPES, endpoint
from local.workspace.errors import ApiError, OpenAIError
from local.workspace.event_stream import DONE, Stream, Throttle, faulty, sse
from local.workspace.faults import Fault, FaultQueue, Faults
from local.workspace.request_bodies import read_chat, read_chat_agent, read_openai, read_responses
from local.workspace.request_log import KEY
from local.workspace.server import Server
from local.workspace.tokens import SERVING, Tokens
from local.workspace.traces import Traces

MAX_PAYLOAD_BYTES = 4 * 2**20
Json = dict[str, Any]
Whole = Callable[[Iterable[Event], answer_formats.Reply], Json]


@dataclass(frozen=True)
class AgentFormat:
    read: Callable[[Json], list[Message]]
    stream: answer_formats.Encoder
    whole: Whole


RESPONSES = AgentFormat(read_responses, answer_formats.responses, answer_formats.whole_response)
CHAT_AGENT = AgentFormat(read_chat_agent, chat_agent_format.chat_agent, chat_agent_format.whole_chat_agent)
AGENT_BRICKS = AgentFormat(read_responses, agent_bricks.responses, agent_bricks.whole_response)
CHAT = AgentFormat(read_chat, answer_formats.chat, answer_formats.whole_chat)
OPENAI = AgentFormat(read_openai, answer_formats.chat, answer_formats.whole_chat)
ENDPOINTS = {
    "demo-agent": ("agent/v1/responses", RESPONSES),
    "demo-chat": ("llm/v1/chat", CHAT),
    "demo-chatagent": ("agent/v2/chat", CHAT_AGENT),
    "demo-supervisor": ("agent/v1/responses", AGENT_BRICKS),
    "demo-knowledge": ("agent/v1/responses", AGENT_BRICKS),
    "demo-titles": ("llm/v1/chat", CHAT),
}


class Serving:
    """`server` is set once it runs; before that there is no connection to cut."""

    server: Server

    def __init__(self, tokens: Tokens, faults: Faults, traces: Traces, words_per_second: float) -> None:
        self._tokens = tokens
        self._faults = faults
        self._traces = traces
        self._words_per_second = words_per_second
        self._days = Days()
        self.user_scopes = dict(USER_SCOPES)
        self.changed: dict[str, Json] = {}
        self.routes = [
            Route("/api/2.0/serving-endpoints", self.index),
            Route("/api/2.0/serving-endpoints/{name}", self.describe),
            Route("/serving-endpoints/{name}/invocations", self.invoke, methods=["POST"]),
            Route("/apps/demo/invocations", self.app, methods=["POST"]),
            Route("/apps/demo/responses", self.app, methods=["POST"]),
            Route("/apps/demo/agent/info", self.app_info),
            Route("/v1/chat/completions", self.openai, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        caller = self._tokens.caller(request, SERVING)
        return JSONResponse({"endpoints": [self._endpoint(name, caller) for name in ENDPOINTS]})

    async def describe(self, request: Request) -> Response:
        await self._faults.meet(self._faults.discovery)
        caller = self._tokens.caller(request, SERVING)
        name = request.path_params["name"]
        if name not in ENDPOINTS:
            raise ApiError(404, f"Endpoint with name '{name}' does not exist.")
        return JSONResponse(self._endpoint(name, caller))

    def _endpoint(self, name: str, caller: str) -> Json:
        told = endpoint(name, ENDPOINTS[name][0], self.user_scopes.get(name, []))
        level = "CAN_MANAGE" if caller == told["creator"] else told["permission_level"]
        return {**told, "permission_level": level, **self.changed.get(name, {})}

    async def invoke(self, request: Request) -> Response:
        name = request.path_params["name"]
        is_small = name == "demo-titles"
        fault = await self._meet(self._faults.titles if is_small else self._faults.invocations)
        self._tokens.caller(request, SERVING)
        if name not in ENDPOINTS:
            raise ApiError(404, "The given endpoint does not exist, please retry after checking the specified model.")
        for scope in self.user_scopes.get(name, ()):
            self._tokens.caller(request, SERVING if scope in SERVING else (scope,))
        agent_format = ENDPOINTS[name][1]
        body = await _json(request)
        messages = agent_format.read(body)
        wants_trace = bool((body.get("databricks_options") or {}).get("return_trace")) and agent_format is not CHAT
        answer = self._answers(name, body, messages)
        events = await run_in_threadpool(lambda: list(answer(messages)))
        reply = answer_formats.Reply(name, self._trace(events) if wants_trace else None)
        return self._respond(request, agent_format, body, events, reply, fault)

    async def app(self, request: Request) -> Response:
        """An agent on Databricks Apps: the trace id is an event of its own, and only if a header asks for it."""
        fault = await self._meet(self._faults.invocations)
        self._tokens.caller_of_app(request)
        body = await _json(request)
        messages = read_responses(body)
        agent = self._agent(body, messages)
        events = await run_in_threadpool(lambda: list(agent.answer(messages)))
        wants_trace = request.headers.get("x-mlflow-return-trace-id", "").lower() == "true"
        last = {"trace_id": self._traces.new()} if wants_trace else None
        return self._respond(request, RESPONSES, body, events, answer_formats.Reply("demo"), fault, last)

    async def app_info(self, request: Request) -> Response:
        self._tokens.caller_of_app(request)
        return JSONResponse({"name": "demo", "use_case": "agent", "agent_api": "responses"})

    async def openai(self, request: Request) -> Response:
        """An OpenAI-compatible server: any key is accepted, and no Databricks token is needed."""
        fault = await self._meet(self._faults.invocations)
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise OpenAIError(401, "You didn't provide an API key.")
        body = await _json(request)
        messages = read_openai(body)
        agent = self._agent(body, messages)
        events = await run_in_threadpool(lambda: list(agent.answer(messages)))
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        reply = answer_formats.Reply(str(body["model"]), wants_usage=wants_usage)
        return self._respond(request, OPENAI, body, events, reply, fault)

    def _answers(self, endpoint: str, body: Json, messages: list[Message]) -> Callable[[list[Message]], Iterator[Any]]:
        if endpoint == "demo-titles":
            return small_model.answer
        if endpoint == "demo-knowledge":
            return handbook.answer
        data_agent = self._agent(body, messages).answer
        return (lambda asked: team.answer(asked, data_agent)) if endpoint == "demo-supervisor" else data_agent

    def _agent(self, body: Json, messages: list[Message]) -> DemoAgent:
        """The agent on the day on which it is asked."""
        context = body.get("context")
        conversation_id = context.get("conversation_id") if isinstance(context, dict) else None
        return DemoAgent(self._days.ask(str(conversation_id) if conversation_id else None, messages))

    async def _meet(self, queue: FaultQueue) -> Fault:
        return await self._faults.meet(queue)

    def _respond(
        self,
        request: Request,
        agent_format: AgentFormat,
        body: Json,
        events: list[Event],
        reply: answer_formats.Reply,
        fault: Fault,
        last: Json | None = None,
    ) -> Response:
        is_stream = bool(body.get("stream"))
        chunks = [(0.0, json.dumps(agent_format.whole(events, reply) | ({"metadata": last} if last else {})).encode())]
        if is_stream:
            chunks = [(words, sse(data)) for words, data in agent_format.stream(events, reply)]
            chunks += [(0.0, sse(last))] if last else []
            chunks += [] if fault.without_done else [(0.0, DONE)]
        content_type = fault.content_type or ("text/event-stream" if is_stream else "application/json")
        throttle = Throttle(self._words_per_second, json.dumps(body, sort_keys=True))
        content = faulty(chunks, fault, self._faults, throttle, lambda: self.server.drop(request.scope["client"]))
        return Stream(content, content_type, lambda: self._faults.pause(fault.delay_seconds), request.scope[KEY])

    def _trace(self, events: list[Event]) -> Json:
        trace_id = self._traces.new()
        names = ["agent", *(event.name for event in events if isinstance(event, ToolCall))]
        spans = [{"name": name, "span_id": uuid4().hex[:16], "status": {"code": "STATUS_CODE_OK"}} for name in names]
        return {"info": {"trace_id": trace_id, "state": "OK"}, "data": {"spans": spans}}


async def _json(request: Request) -> Json:
    content = await request.body()
    if len(content) > MAX_PAYLOAD_BYTES:
        raise ApiError(413, f"Request size cannot exceed {MAX_PAYLOAD_BYTES} bytes.")
    try:
        body = json.loads(content)
    except ValueError as exc:
        raise ApiError(400, "Unable to parse the request body as JSON.") from exc
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid input. The input must be a JSON dictionary.")
    return body
