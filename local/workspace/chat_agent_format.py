"""Writes an agent's events as MLflow's ChatAgent does, streamed or whole."""

from collections.abc import Iterable, Iterator

from local.demo.events import ApprovalRequest, End, Event, TextDelta, ToolCall, ToolResult
from local.workspace.answer_formats import Json, Reply, custom_outputs, tool_call, usage, weight


def chat_agent(events: Iterable[Event], reply: Reply) -> Iterator[tuple[float, Json]]:
    """ChatAgent: deltas belong together by `delta.id`; the last one carries the trace."""
    last: Json = {"role": "assistant", "content": "", "id": reply.reply_id}
    for event in events:
        if isinstance(event, End):
            yield (
                0.0,
                {"delta": {**last, "content": ""}, "finish_reason": "stop"}
                | custom_outputs(event)
                | reply.databricks_output,
            )
        elif not isinstance(event, ApprovalRequest):  # the format has none
            last = _agent_message(event, reply)
            yield weight(event), {"delta": last}
            last = {key: last[key] for key in ("role", "id")}


def whole_chat_agent(events: Iterable[Event], reply: Reply) -> Json:
    messages: list[Json] = []
    for event in events:
        if isinstance(event, End):
            counts, custom = usage(event, "prompt", "completion"), custom_outputs(event)
        elif isinstance(event, TextDelta) and messages and messages[-1]["id"] == reply.reply_id:
            messages[-1]["content"] += event.text
        elif not isinstance(event, ApprovalRequest):
            messages.append(_agent_message(event, reply))
    return {"messages": messages, "finish_reason": "stop", "usage": counts} | custom | reply.databricks_output


def _agent_message(event: TextDelta | ToolCall | ToolResult, reply: Reply) -> Json:
    if isinstance(event, ToolCall):
        return {"role": "assistant", "content": "", "id": f"run-{event.call_id}", "tool_calls": [tool_call(event)]}
    if isinstance(event, ToolResult):
        message = {"role": "tool", "content": event.output, "id": f"tool-{event.call_id}"}
        return message | {"tool_call_id": event.call_id, "name": event.name}
    return {"role": "assistant", "content": event.text, "id": reply.reply_id}
