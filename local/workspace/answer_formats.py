"""Writes an agent's events as Responses or chat completions, streamed or whole, with the real quirks."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local.demo.events import ApprovalRequest, End, Event, TextDelta, ToolCall, ToolResult

Json = dict[str, Any]
Encoder = Callable[[Iterable[Event], "Reply"], Iterator[tuple[float, Json]]]
CALL_WORDS, RESULT_WORDS = 6.0, 8.0  # how long a tool call and its result take, in words


@dataclass(frozen=True)
class Reply:
    """What an answer carries besides its events. With `trace=None` the agent sends no trace."""

    model: str
    trace: Json | None = None
    request_id: str = field(default_factory=lambda: str(uuid4()))
    reply_id: str = field(default_factory=lambda: uuid4().hex)
    wants_usage: bool = True

    @property
    def databricks_output(self) -> Json:
        if self.trace is None:
            return {}
        return {"databricks_output": {"trace": self.trace, "databricks_request_id": self.request_id}}


def weight(event: Event) -> float:
    """How long an event takes, counted in words."""
    if isinstance(event, TextDelta):
        return 1.0 if any(letter.isalnum() for letter in event.text) else 0.2
    return {ToolCall: CALL_WORDS, ToolResult: RESULT_WORDS}.get(type(event), 0.0)


def responses(events: Iterable[Event], reply: Reply) -> Iterator[tuple[float, Json]]:
    """Pairs of (words to wait before, event). The last item's `done` repeats the text and carries the trace."""
    output: list[Json] = []
    for number, (words, data) in enumerate(_responses(events, reply, output)):
        yield words, data | {"sequence_number": number}


def _responses(events: Iterable[Event], reply: Reply, output: list[Json]) -> Iterator[tuple[float, Json]]:
    yield 0.0, {"type": "response.created", "response": response_of(reply, [], "in_progress")}
    message: Json | None = None
    texts: list[str] = []
    for event in events:
        at: Json = {"output_index": len(output)}
        if isinstance(event, TextDelta):
            if message is None:
                message = {"type": "message", "id": f"msg_{reply.reply_id}", "role": "assistant", "content": []}
                at["item_id"] = message["id"]
                yield (
                    weight(event),
                    {"type": "response.output_item.added", **at, "item": {**message, "status": "in_progress"}},
                )
                part: Json = {"type": "output_text", "text": "", "annotations": []}
                yield 0.0, {"type": "response.content_part.added", **at, "content_index": 0, "part": part}
            at |= {"item_id": message["id"], "content_index": 0}
            texts.append(event.text)
            yield weight(event), {"type": "response.output_text.delta", **at, "delta": event.text}
        elif isinstance(event, ToolCall | ToolResult):
            yield from tool_events(event, at, output)
        elif isinstance(event, ApprovalRequest):
            about = {"name": event.name, "arguments": event.arguments, "server_label": event.server}
            output.append({"type": "mcp_approval_request", "id": event.call_id, **about})
            yield weight(event), {"type": "response.output_item.done", **at, "item": output[-1]}
        else:
            if message is not None:
                part = {"type": "output_text", "text": "".join(texts), "annotations": _annotations(event)}
                output.append({**message, "status": "completed", "content": [part]})
                yield 0.0, {"type": "response.content_part.done", **at, "item_id": message["id"], "part": part}
                done = {"type": "response.output_item.done", **at, "item": output[-1]}
                yield 0.0, done | custom_outputs(event) | reply.databricks_output
            response = response_of(reply, output, "completed") | {"usage": usage(event, "input", "output")}
            yield 0.0, {"type": "response.completed", "response": response}


def tool_events(event: ToolCall | ToolResult, at: Json, output: list[Json]) -> Iterator[tuple[float, Json]]:
    if isinstance(event, ToolCall):
        yield from _call_events(event, at, output)
        return
    item = {"type": "function_call_output", "id": f"fco_{event.call_id}", "call_id": event.call_id}
    output.append({**item, "output": event.output})
    yield weight(event), {"type": "response.output_item.done", **at, "item": output[-1]}


def _call_events(call: ToolCall, at: Json, output: list[Json]) -> Iterator[tuple[float, Json]]:
    item = {"type": "function_call", "id": f"fc_{call.call_id}", "call_id": call.call_id, "name": call.name}
    output.append({**item, "arguments": call.arguments, "status": "completed"})
    added = {**item, "arguments": "", "status": "in_progress"}
    yield weight(call), {"type": "response.output_item.added", **at, "item": added}
    delta = {"type": "response.function_call_arguments.delta", **at, "item_id": item["id"]}
    yield 0.0, {**delta, "delta": call.arguments}
    yield 0.0, {"type": "response.output_item.done", **at, "item": output[-1]}


def response_of(reply: Reply, output: list[Json], status: str) -> Json:
    identity = {"id": f"resp_{reply.reply_id}", "object": "response", "created_at": int(time.time())}
    return {**identity, "model": reply.model, "status": status, "output": list(output)}


def whole_response(events: Iterable[Event], reply: Reply) -> Json:
    found = list(events)
    *_, (_, last) = responses(found, reply)
    response: Json = last["response"]
    return response | custom_outputs(found[-1]) | reply.databricks_output


def chat(events: Iterable[Event], reply: Reply) -> Iterator[tuple[float, Json]]:
    """Chat completions: arguments come in two pieces; a tool's result has no place in this format and is left out."""
    base = {"id": f"chatcmpl-{reply.reply_id}", "object": "chat.completion.chunk", "created": int(time.time())}
    base |= {"model": reply.model}

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield 0.0, chunk({"role": "assistant", "content": ""})
    calls = 0
    for event in events:
        if isinstance(event, TextDelta):
            yield weight(event), chunk({"content": event.text})
        elif isinstance(event, ToolCall):
            middle = len(event.arguments) // 2
            function: Json = {"name": event.name, "arguments": event.arguments[:middle]}
            call: Json = {"index": calls, "id": event.call_id, "type": "function", "function": function}
            yield weight(event), chunk({"content": None, "tool_calls": [call]})
            rest = {"index": calls, "function": {"arguments": event.arguments[middle:]}}
            yield 0.0, chunk({"tool_calls": [rest]})
            calls += 1
        elif isinstance(event, End):
            yield 0.0, chunk({}, "stop")
            if reply.wants_usage:
                yield 0.0, {**base, "choices": [], "usage": usage(event, "prompt", "completion")}


def whole_chat(events: Iterable[Event], reply: Reply) -> Json:
    found = list(events)
    text = "".join(event.text for event in found if isinstance(event, TextDelta))
    calls = [tool_call(event) for event in found if isinstance(event, ToolCall)]
    message = {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
    identity = {"id": f"chatcmpl-{reply.reply_id}", "object": "chat.completion", "created": int(time.time())}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    counts = usage(next(event for event in found if isinstance(event, End)), "prompt", "completion")
    return {**identity, "model": reply.model, "choices": choices, "usage": counts}


def _annotations(last: Event) -> list[Json]:
    """Of the fields, `quote` is not OpenAI's; agents add such ones."""
    return [
        {"type": "file_citation", "filename": each.title, "index": each.position, "quote": each.passage}
        for each in (last.sources if isinstance(last, End) else ())
    ]


def custom_outputs(last: Event) -> Json:
    """The field that a ResponsesAgent and a ChatAgent may fill as they like."""
    follow_ups = last.follow_ups if isinstance(last, End) else ()
    return {"custom_outputs": {"follow_ups": list(follow_ups)}} if follow_ups else {}


def tool_call(event: ToolCall) -> Json:
    return {"id": event.call_id, "type": "function", "function": {"name": event.name, "arguments": event.arguments}}


def usage(end: End, given: str, made: str) -> Json:
    total = end.input_tokens + end.output_tokens
    return {f"{given}_tokens": end.input_tokens, f"{made}_tokens": end.output_tokens, "total_tokens": total}
