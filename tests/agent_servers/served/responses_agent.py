"""A ResponsesAgent without a framework: it asks the model, calls its tool, and writes the events itself."""

import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from mlflow.genai.agent_server import invoke, stream
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse, to_chat_completions_input
from openai import AsyncOpenAI

MODEL = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="none", max_retries=0)
CITE = "Cite your source"
SOURCE = {
    "type": "url_citation",
    "url": "https://example.com/report",
    "title": "Report",
    "start_index": 0,
    "end_index": 4,
}
Json = dict[str, Any]


@stream()
async def answer(request: ResponsesAgentRequest) -> AsyncIterator[Json]:
    items = [item.model_dump() for item in request.input]
    messages = to_chat_completions_input(items)
    if messages[-1]["content"] == CITE:
        for event in cited():
            yield event
        return
    if items[-1]["type"] == "mcp_approval_response":
        result = "dropped sales" if items[-1]["approve"] else items[-1]["reason"]
        async for event in told(messages[:-1], items[-1]["approval_request_id"], result):
            yield event
        return
    calls: list[Json] = []
    async for event in said(messages, calls):
        yield event
    for call in calls:
        if call["name"] == "drop_table":
            yield done({**call, "type": "mcp_approval_request", "id": f"mcpr_{uuid4().hex}", "server_label": "demo"})
            return
        yield done(call)
        function = {"name": call["name"], "arguments": call["arguments"]}
        called = {"role": "assistant", "tool_calls": [{"id": call["id"], "type": "function", "function": function}]}
        async for event in told([*messages, called], call["call_id"], "21 °C"):
            yield event


@invoke()
async def whole_answer(request: ResponsesAgentRequest) -> ResponsesAgentResponse:
    events = [event async for event in answer(request)]
    output = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    return ResponsesAgentResponse(output=output)


async def told(messages: list[Json], call_id: str, result: str) -> AsyncIterator[Json]:
    """The events after a call: its result, and what the model says of it."""
    yield done({"type": "function_call_output", "call_id": call_id, "output": result})
    async for event in said([*messages, {"role": "tool", "tool_call_id": call_id, "content": result}], []):
        yield event


async def said(messages: list[Json], calls: list[Json]) -> AsyncIterator[Json]:
    """The events of what the model says; its calls go to `calls`."""
    item_id, text, thought = uuid4().hex, "", ""
    chunks = await MODEL.chat.completions.create(model="m", messages=messages, stream=True)
    try:
        async for chunk in chunks:
            delta = chunk.choices[0].delta if chunk.choices else None
            for call in (delta and delta.tool_calls) or []:
                if call.id:
                    calls.append(
                        {
                            "type": "function_call",
                            "id": call.id,
                            "call_id": call.id,
                            "name": call.function.name,
                            "arguments": "",
                        }
                    )
                calls[-1]["arguments"] += call.function.arguments
            if reasoning := getattr(delta, "reasoning_content", None):
                thought += reasoning
                yield {
                    "type": "response.reasoning_summary_text.delta",
                    "item_id": f"r-{item_id}",
                    "summary_index": 0,
                    "delta": reasoning,
                }
            if delta and delta.content:
                text += delta.content
                yield {"type": "response.output_text.delta", "item_id": item_id, "delta": delta.content}
    finally:
        await chunks.close()
    if thought:
        yield done({"type": "reasoning", "id": f"r-{item_id}", "summary": [{"type": "summary_text", "text": thought}]})
    if text:
        yield done(message(item_id, text))


def cited() -> list[Json]:
    text = "Sales rose."
    return [
        {"type": "response.output_text.delta", "item_id": "cited", "delta": text},
        {
            "type": "response.output_text.annotation.added",
            "item_id": "cited",
            "annotation_index": 0,
            "annotation": SOURCE,
        },
        done(message("cited", text, SOURCE)),
    ]


def done(item: Json) -> Json:
    return {"type": "response.output_item.done", "item": item}


def message(item_id: str, text: str, *annotations: Json) -> Json:
    content = {"type": "output_text", "text": text, "annotations": list(annotations)}
    return {"type": "message", "id": item_id, "role": "assistant", "content": [content]}
