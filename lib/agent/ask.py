"""A question to an agent with what led to it, and the request body for each format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from lib.identity import User

Format = Literal["responses", "chatagent", "completions"]

# What Databricks calls an endpoint's task. Whatever is not here speaks Responses, as new agents do.
TASKS: dict[str, Format] = {
    "llm/v1/chat": "completions",
    "agent/v1/chat": "completions",
    "agent/v2/chat": "chatagent",
    "agent/v1/responses": "responses",
    "agent/v2/responses": "responses",
}
# Model serving gives longer ids than it takes back.
MAX_ID_CHARS = 64


@dataclass(frozen=True)
class Said:
    """One message of the conversation; `parts` as they are stored."""

    role: str
    parts: Sequence[dict[str, Any]]

    @property
    def text(self) -> str:
        return "\n\n".join(part["text"] for part in self.parts if part["type"] == "text")


@dataclass(frozen=True)
class Ask:
    """The conversation, oldest first, the question last."""

    chat_id: UUID
    user: User
    conversation: Sequence[Said]


def body(ask: Ask, form: Format, *, takes_context: bool, wants_trace: bool, model: str | None) -> dict[str, Any]:
    """The streaming request. An endpoint that does not know a field may refuse it, so each is sent on demand."""
    found: dict[str, Any] = {"stream": True}
    if form == "responses":
        found["input"] = [item for said in ask.conversation for item in _items(said)]
    else:
        found["messages"] = [message for said in ask.conversation for message in _messages(said)]
    if takes_context:
        found["context"] = {"conversation_id": str(ask.chat_id), "user_id": ask.user.email or ask.user.id}
    if wants_trace:
        found["databricks_options"] = {"return_trace": True}
    if model:
        found["model"] = model
    return found


def _items(said: Said) -> Iterator[dict[str, Any]]:
    """Responses input items, tool calls and their results in the order in which they happened."""
    results = _results(said)
    for part in said.parts:
        if part["type"] == "text" and part["text"]:
            yield {"role": said.role, "content": part["text"]}
        elif part["type"] == "tool_call" and part["id"] in results:
            call_id = part["id"][:MAX_ID_CHARS]
            arguments = part["arguments"] or "{}"
            yield {"type": "function_call", "call_id": call_id, "name": part["name"], "arguments": arguments}
            yield {"type": "function_call_output", "call_id": call_id, "output": results[part["id"]]}


def _messages(said: Said) -> Iterator[dict[str, Any]]:
    """Chat messages: each run of tool calls hangs on one assistant message and is followed by its results."""
    results = _results(said)
    calls: list[dict[str, Any]] = []
    for part in said.parts:
        if part["type"] == "tool_call" and part["id"] in results:
            calls.append(part)
        elif part["type"] == "text" and part["text"]:
            yield from _called(calls, results)
            calls = []
            yield {"role": said.role, "content": part["text"]}
    yield from _called(calls, results)


def _called(calls: list[dict[str, Any]], results: dict[str, str]) -> Iterator[dict[str, Any]]:
    if not calls:
        return
    # Some models refuse empty content beside tool calls.
    yield {"role": "assistant", "content": " ", "tool_calls": [_call(part) for part in calls]}
    for part in calls:
        yield {"role": "tool", "tool_call_id": part["id"][:MAX_ID_CHARS], "content": results[part["id"]] or " "}


def _call(part: dict[str, Any]) -> dict[str, Any]:
    function = {"name": part["name"], "arguments": part["arguments"] or "{}"}
    return {"id": part["id"][:MAX_ID_CHARS], "type": "function", "function": function}


def _results(said: Said) -> dict[str, str]:
    """A call without its result is not sent: no format takes one."""
    return {part["call_id"]: part["output"] for part in said.parts if part["type"] == "tool_result"}
