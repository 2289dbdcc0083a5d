"""An agent of the OpenAI Agents SDK behind MLflow's agent server, as in Databricks' templates.

The templates have no approvals. What hands an interruption to the client and takes the answer is this file's own: the
items for it that MLflow and Databricks' chat app know.
"""

import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from agents import Agent, OpenAIChatCompletionsModel, Runner, RunState, function_tool, set_tracing_disabled
from mlflow.genai.agent_server import AgentServer, invoke, stream
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse
from openai import AsyncOpenAI

Json = dict[str, Any]
WAITING: dict[str, str] = {}
"""The states of runs that wait, by the id of the approval request."""


@function_tool
def look_up(place: str) -> str:
    """How warm it is there."""
    return "21 °C"


@function_tool(needs_approval=True)
def drop_table(table: str) -> str:
    """Drop it for good."""
    return f"dropped {table}"


set_tracing_disabled(True)
CLIENT = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="none", max_retries=0)
AGENT = Agent(
    name="Demo",
    instructions="Help.",
    model=OpenAIChatCompletionsModel("m", CLIENT),
    tools=[look_up, drop_table],
)


@stream()
async def answer(request: ResponsesAgentRequest) -> AsyncIterator[Json]:
    items = [item.model_dump(exclude_none=True) for item in request.input]
    run = Runner.run_streamed(AGENT, await approved(items) or items)
    try:
        async for event in events(run):
            yield event
    finally:
        run.cancel()
    for waiting in run.interruptions:
        call = waiting.raw_item
        WAITING[call.call_id] = run.to_state().to_string()
        asked = {"type": "mcp_approval_request", "id": call.call_id, "name": call.name, "arguments": call.arguments}
        yield {"type": "response.output_item.done", "item": {**asked, "server_label": AGENT.name}}


@invoke()
async def whole_answer(request: ResponsesAgentRequest) -> ResponsesAgentResponse:
    found = [event async for event in answer(request)]
    return ResponsesAgentResponse(
        output=[each["item"] for each in found if each["type"] == "response.output_item.done"]
    )


async def events(run: Any) -> AsyncIterator[Json]:
    item_id = ""
    async for event in run.stream_events():
        if event.type == "raw_response_event":
            data = event.data.model_dump()
            # The SDK gives all items of a chat completion one id.
            if data["type"] == "response.output_item.added":
                item_id = uuid4().hex
            if "item_id" in data:
                data["item_id"] = item_id
            if isinstance(data.get("item"), dict):
                data["item"]["id"] = item_id
            yield data
        elif event.type == "run_item_stream_event" and event.item.type == "tool_call_output_item":
            yield {"type": "response.output_item.done", "item": event.item.to_input_item()}


async def approved(items: list[Json]) -> RunState | None:
    """The run that waited for the last item, with the answer in it."""
    if items[-1]["type"] != "mcp_approval_response" or items[-1]["approval_request_id"] not in WAITING:
        return None
    state = await RunState.from_string(AGENT, WAITING.pop(items[-1]["approval_request_id"]))
    for waiting in state.get_interruptions():
        if items[-1]["approve"]:
            state.approve(waiting)
        else:
            state.reject(waiting, rejection_message=items[-1].get("reason") or "denied")
    return state


app = AgentServer("ResponsesAgent").app
