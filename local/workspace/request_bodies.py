"""Validates the body of an invocation as each kind of endpoint does, and reads the conversation from it."""

from typing import Any

from local.demo.events import Decision, Message
from local.demo.files import ReceivedFile, from_data_url, take_image_names, take_texts
from local.workspace.errors import ApiError, OpenAIError

Json = dict[str, Any]
ROLES = ("user", "assistant", "system", "developer", "tool")
TEXT_TYPES = ("text", "input_text", "output_text")
RESPONSES_FILES, CHAT_FILES = ("input_image", "input_file"), ("image_url",)
# The fields of a chat model; any other is refused, also `context` and `databricks_options`.
CHAT_FIELDS = {
    *("messages", "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p"),
    *("top_k", "n", "stop", "tools", "tool_choice", "response_format", "logprobs", "top_logprobs", "reasoning_effort"),
    *("thinking", "seed", "user", "frequency_penalty", "presence_penalty", "parallel_tool_calls"),
}


def read_responses(body: Json) -> list[Message]:
    """Raises ApiError. Tool calls and reasoning in the history are accepted and skipped."""
    if "input" not in body:
        raise _missing("input", body)
    given = body["input"]
    if isinstance(given, str):
        return [Message("user", given)]
    if not isinstance(given, list) or not given:
        raise ApiError(400, "Invalid 'input': expected a string or a list with at least one item.")
    return [message for item in given for message in _response_item(item)]


def read_chat_agent(body: Json) -> list[Message]:
    """Raises ApiError, also for a content that is not a text: a ChatAgent has no other."""
    if "messages" not in body:
        raise _missing("messages", body)
    for number, item in enumerate(body["messages"] if isinstance(body["messages"], list) else ()):
        if isinstance(item, dict) and isinstance(item.get("content"), list):
            raise ApiError(400, f"Invalid 'messages': {number}.content: Input should be a valid string.")
    return _messages(body["messages"])


def read_chat(body: Json) -> list[Message]:
    """Raises ApiError."""
    for name in body:
        if name not in CHAT_FIELDS:
            raise ApiError(400, f'Bad request: json: unknown field "{name}"\n')
    if "messages" not in body:
        raise _missing("messages", body)
    return _messages(body["messages"])


def read_openai(body: Json) -> list[Message]:
    """Raises OpenAIError."""
    for name in body:
        if name not in CHAT_FIELDS:
            raise OpenAIError(400, f"Unrecognized request argument supplied: {name}")
    for name in ("model", "messages"):
        if not body.get(name):
            raise OpenAIError(400, f"you must provide a {name} parameter")
    try:
        return _messages(body["messages"])
    except ApiError as error:
        raise OpenAIError(error.status, error.message) from error


def _missing(name: str, body: Json) -> ApiError:
    extra = sorted({"messages", "input"} & body.keys() - {name})
    note = f" Note that there were extra inputs: {extra}." if extra else ""
    return ApiError(400, f"Model is missing inputs ['{name}'].{note}")


def _response_item(item: Any) -> list[Message]:
    kind = item.get("type", "message") if isinstance(item, dict) else None
    if kind == "message":
        return [_message(item, RESPONSES_FILES)]
    if kind == "mcp_approval_response":
        return [_decision(item)]
    needed = {"function_call": ("call_id", "name", "arguments"), "function_call_output": ("call_id", "output")}
    needed |= {"mcp_approval_request": ("id", "name", "arguments", "server_label")}
    known = kind in needed or kind == "reasoning"
    if not known or any(not isinstance(item.get(name), str | list) for name in needed.get(str(kind), ())):
        raise ApiError(400, f"Invalid item in 'input': {kind!r}.")
    return []


def _decision(item: Json) -> Message:
    request_id, approve, reason = (item.get(name) for name in ("approval_request_id", "approve", "reason"))
    if not isinstance(request_id, str) or not isinstance(approve, bool) or not isinstance(reason, str | None):
        raise ApiError(400, "Invalid item in 'input': 'mcp_approval_response'.")
    return Message("approval", reason or "", decision=Decision(request_id, approve))


def _messages(given: Any) -> list[Message]:
    if not isinstance(given, list) or not given:
        raise ApiError(400, "Invalid 'messages': expected a list with at least one message.")
    return [_message(item, CHAT_FILES) for item in given]


def _message(item: Any, file_types: tuple[str, ...]) -> Message:
    if not isinstance(item, dict) or item.get("role") not in ROLES:
        raise ApiError(400, f"Invalid message role. Supported: {', '.join(ROLES)}.")
    content = item.get("content")
    files: list[ReceivedFile] = []
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        if item["role"] == "user":
            files = [_file(part, file_types) for part in content if part.get("type") not in TEXT_TYPES]
        content = "\n\n".join(str(part.get("text", "")) for part in content if part.get("type") in TEXT_TYPES)
    elif content is None and item.get("tool_calls"):
        content = ""
    if not isinstance(content, str):
        raise ApiError(400, "Invalid message content: expected a string or a list of parts.")
    if item["role"] != "user":
        return Message(item["role"], content)
    files, content = take_image_names(content, files)
    texts, question = take_texts(content)
    return Message("user", question, (*texts, *files))


def _file(part: Json, types: tuple[str, ...]) -> ReceivedFile:
    """Raises ApiError for a kind of content that the format does not have, and for data that are none."""
    kind = part.get("type")
    if kind not in types:
        raise ApiError(400, f"Invalid content type: {kind!r}. Supported: {', '.join((*TEXT_TYPES, *types))}.")
    address = part.get("file_data" if kind == "input_file" else "image_url")
    url = address.get("url") if isinstance(address, dict) else address
    file = from_data_url(str(part.get("filename", "")), url) if isinstance(url, str) else None
    if file is None:
        raise ApiError(400, f"Invalid {kind}: expected data in base64.")
    return file
