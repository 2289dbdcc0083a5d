"""Answers as servers send them, byte for byte, with the expected result of reading them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DONE = b"data: [DONE]\n\n"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
Json = dict[str, Any]


@dataclass(frozen=True)
class AnswerCase:
    """`kinds` are the types of the answer's parts; consecutive parts of one type count once."""

    name: str
    body: bytes
    text: str
    kinds: Sequence[str] = ("text",)
    status: str = "complete"
    """ "running": it waits for its user."""
    error: str = ""
    """A part of the error message."""

    def __repr__(self) -> str:
        return self.name


def sse(*data: Any, end: bytes = DONE) -> bytes:
    """An event stream of JSON values; bytes are put into it as they are."""
    return b"".join(_event(one) for one in data) + end


def _event(data: Any) -> bytes:
    return data if isinstance(data, bytes) else b"data: " + json.dumps(data).encode() + b"\n\n"


def json_body(data: Any) -> bytes:
    return json.dumps(data).encode()


def json_lines(*data: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in data)


# -- Responses


def delta(text: Any, item_id: str = "m1", **more: Any) -> Json:
    return {"type": "response.output_text.delta", "item_id": item_id, "content_index": 0, "delta": text, **more}


def item(kind: str, **fields: Any) -> Json:
    return {"type": kind, **fields}


def message(text: Any, item_id: str = "m1", *parts: Json, **more: Any) -> Json:
    content = [{"type": "output_text", "text": text, "annotations": []}, *parts]
    return {"type": "message", "id": item_id, "role": "assistant", "content": content, **more}


def added(item: Json, place: int = 0) -> Json:
    return {"type": "response.output_item.added", "output_index": place, "item": {**item, "content": []}}


def done(item: Json, place: int = 0) -> Json:
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def completed(*items: Json, **more: Any) -> Json:
    return {"type": "response.completed", "response": {"status": "completed", "output": list(items), **more}}


def tool_call(arguments: Any = '{"query": "SELECT 1"}', call_id: str = "c1", name: str = "run_sql") -> Json:
    return done(item("function_call", id=f"f-{call_id}", call_id=call_id, name=name, arguments=arguments))


def tool_output(output: Any, call_id: str = "c1") -> Json:
    return done(item("function_call_output", call_id=call_id, output=output))


# -- Chat completions


def chunk(content: Any = None, finish: str | None = None, **more: Any) -> Json:
    said = {} if content is None else {"content": content}
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {**said, **more}, "finish_reason": finish}],
    }


def chat(content: Any = None, finish: str | None = "stop", **more: Any) -> Json:
    message = {"role": "assistant", "content": content, **more}
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


STOP = chunk(finish="stop")
