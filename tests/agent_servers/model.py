"""A language model for agents: chat completions over HTTP whose answer follows from the question.

So real agent servers run without a real model, and tests see what reaches it and whether its stream was closed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from local.workspace.server import ADDRESS, Server

HELLO = "Say hello"
THINK = "Think about it"
LOOK_UP = "How warm is it in Oslo?"
DROP = "Drop the table of sales"
COUNT = "Count on"
FAIL = "Fail in the middle"
GREETING = "Hello, Ann."
THOUGHT = "Six times seven."
CONCLUSION = "It is 42."
BEFORE_FAILURE = "So far "
BROKEN = "the model broke"
CALLS = {LOOK_UP: ("look_up", '{"place": "Oslo"}'), DROP: ("drop_table", '{"table": "sales"}')}
USED = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
NUMBER_SECONDS = 0.02
LAST_NUMBER = 150

Json = dict[str, Any]


@dataclass
class Model:
    """`asked` are the requests; `open` has the numbers of those being answered, `finished` of those that were."""

    url: str = ""
    asked: list[Json] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    finished: set[int] = field(default_factory=set)

    async def answer(self, request: Request) -> StreamingResponse:
        body = await request.json()
        self.asked.append(body)
        stream = self._stream(body["messages"], len(self.asked))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _stream(self, messages: list[Json], number: int) -> AsyncIterator[str]:
        question = text_of(next(each for each in reversed(messages) if each["role"] == "user"))
        self.open.add(number)
        try:
            for chunk in _chunks(question, messages[-1]):
                yield f"data: {json.dumps(chunk)}\n\n"
                await asyncio.sleep(NUMBER_SECONDS if question == COUNT else 0)
            yield "data: [DONE]\n\n"
            self.finished.add(number)
        finally:
            self.open.remove(number)


@contextmanager
def running_model() -> Iterator[Model]:
    app, model = FastAPI(), Model()
    app.post("/v1/chat/completions")(model.answer)
    server = Server(app, 0, on_stop=lambda: None).start()
    model.url = f"http://{ADDRESS}:{server.port}/v1"
    try:
        yield model
    finally:
        server.stop()


def text_of(message: Json) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _chunks(question: str, last: Json) -> Iterator[Json]:
    if question == FAIL:
        yield _chunk({"role": "assistant", "content": BEFORE_FAILURE})
        yield {"error": {"message": BROKEN, "type": "server_error", "code": "broken"}}
        return
    deltas = _after_tool(text_of(last)) if last["role"] == "tool" else _first(question)
    for delta in deltas:
        yield _chunk(delta)
    is_call = last["role"] != "tool" and question in CALLS
    yield _chunk({}, "tool_calls" if is_call else "stop")
    yield _chunk({}) | {"choices": [], "usage": USED}


def _first(question: str) -> Iterator[Json]:
    if question in CALLS:
        name, arguments = CALLS[question]
        for position, piece in enumerate((arguments[:9], arguments[9:])):
            named = {} if position else {"id": f"call_{name}", "type": "function"}
            called = {"index": 0, **named, "function": {**({} if position else {"name": name}), "arguments": piece}}
            yield {"tool_calls": [called]}
        return
    if question == THINK:
        yield {"role": "assistant", "content": None, "reasoning_content": THOUGHT}
    said = {THINK: CONCLUSION, COUNT: " ".join(map(str, range(1, LAST_NUMBER + 1)))}
    yield from _words(said.get(question, GREETING))


def _after_tool(result: str) -> Iterator[Json]:
    return _words(f"The tool says: {result}.")


def _words(text: str) -> Iterator[Json]:
    first, *others = text.split(" ")
    for word in (first, *(f" {each}" for each in others)):
        yield {"content": word}


def _chunk(delta: Json, finish_reason: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
