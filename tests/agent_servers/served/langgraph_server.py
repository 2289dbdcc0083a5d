"""A LangGraph agent behind MLflow's agent server, as in Databricks' templates.

The templates have no interrupts. What hands one to the client and takes the answer is this file's own: the items for
it that MLflow and Databricks' chat app know.
"""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt
from mlflow.genai.agent_server import AgentServer, invoke, stream
from mlflow.types.responses import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    ResponsesAgentStreamEvent,
    create_mcp_approval_request_item,
    create_text_delta,
    output_to_responses_items_stream,
    to_chat_completions_input,
)
from openai import AsyncOpenAI

CLIENT = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="none", max_retries=0)


class Model(BaseChatModel):
    @property
    def _llm_type(self) -> str:
        return "tests"

    def _generate(self, *arguments: Any, **options: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *arguments: Any, **options: Any) -> ChatResult:
        chunks = [chunk async for chunk in self._astream(messages)]
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        return ChatResult(generations=[ChatGeneration(message=whole.message)])

    async def _astream(
        self, messages: list[BaseMessage], *arguments: Any, run_manager: Any = None, **options: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        said = convert_to_openai_messages(messages)
        chunks = await CLIENT.chat.completions.create(model="m", messages=said, stream=True)
        try:
            async for chunk in chunks:
                if chunk.choices:
                    found = ChatGenerationChunk(message=_message(chunk.choices[0].delta))
                    if run_manager:
                        await run_manager.on_llm_new_token(str(found.text), chunk=found)
                    yield found
        finally:
            await chunks.close()


def _message(delta: Any) -> AIMessageChunk:
    calls = [
        {"index": each.index, "id": each.id, "name": each.function.name, "args": each.function.arguments}
        for each in delta.tool_calls or []
    ]
    return AIMessageChunk(content=delta.content or "", tool_call_chunks=calls)


@tool
def look_up(place: str) -> str:
    """How warm it is there."""
    return "21 °C"


@tool
def drop_table(table: str) -> str:
    """Drop it for good."""
    # The question and the answer that LangChain's middleware for people in the loop has.
    action = {"name": "drop_table", "args": {"table": table}}
    decision = interrupt({"action_requests": [action]})["decisions"][0]
    return f"dropped {table}" if decision["type"] == "approve" else decision["message"]


async def ask_model(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await Model().ainvoke(state["messages"])]}


GRAPH = StateGraph(MessagesState)
GRAPH.add_node("model", ask_model)
GRAPH.add_node("tools", ToolNode([look_up, drop_table]))
GRAPH.add_edge(START, "model")
GRAPH.add_conditional_edges("model", tools_condition)
GRAPH.add_edge("tools", "model")
AGENT = GRAPH.compile(checkpointer=InMemorySaver())


@stream()
async def answer(request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
    thread = {"configurable": {"thread_id": request.context.conversation_id}}
    async for kind, data in AGENT.astream(_asked(request), thread, stream_mode=["updates", "messages"]):
        if kind == "messages":
            message = data[0]
            if isinstance(message, AIMessageChunk) and message.content:
                yield ResponsesAgentStreamEvent(**create_text_delta(message.content, message.id))
            continue
        for node, update in data.items():
            for event in (
                _waiting(update) if node == "__interrupt__" else output_to_responses_items_stream(update["messages"])
            ):
                yield event


@invoke()
async def whole_answer(request: ResponsesAgentRequest) -> ResponsesAgentResponse:
    events = [event async for event in answer(request)]
    return ResponsesAgentResponse(output=[each.item for each in events if each.type == "response.output_item.done"])


def _asked(request: ResponsesAgentRequest) -> Any:
    """The person's answer to an interrupt, else the last message: the graph has the ones before."""
    last = request.input[-1].model_dump()
    if last["type"] != "mcp_approval_response":
        return {"messages": to_chat_completions_input([last])}
    denied = {"type": "reject", "message": last.get("reason") or "denied"}
    return Command(resume={"decisions": [{"type": "approve"} if last["approve"] else denied]})


def _waiting(interrupts: Any) -> list[ResponsesAgentStreamEvent]:
    actions = [(each.id, action) for each in interrupts for action in each.value["action_requests"]]
    return [
        ResponsesAgentStreamEvent(
            type="response.output_item.done",
            item=create_mcp_approval_request_item(
                id=each_id, arguments=json.dumps(action["args"]), name=action["name"], server_label="langgraph"
            ),
        )
        for each_id, action in actions
    ]


app = AgentServer("ResponsesAgent").app
