"""What a message says whose parts are those of Vercel's AI SDK, as Databricks' chat template stores them."""

import json
from collections.abc import Iterator
from typing import Any

from lib.importer.fields import attachment, dict_of, list_of, text_of
from lib.messages.parts import Citation, Error, File, Part, Reasoning, Role, Text, ToolCall, ToolResult, Unknown
from lib.messages.web_url import is_web_url
from lib.store.files import Attachment

MAX_FILE_URL_CHARS = 1_500_000
DENIED = "The call was not allowed."
_DROPPED = frozenset({"step-start", "data-usage", "data-traceId"})
"""Marks for the template's page, and what stands in a column of its own."""


def parts_of(role: Role, said: Any) -> list[Part]:
    pieces = said if isinstance(said, list) else [said]
    parts = [part for place, each in enumerate(pieces) for part in _parts(str(place), each)]
    if role == "user":  # its files are attachments
        return [part for part in parts if not isinstance(part, File)]
    return parts


def attachments_of(attached: Any, said: Any) -> list[Attachment]:
    """Of a question. A file that stands in the message itself is named, but not taken."""
    listed = [dict_of(each) for each in list_of(attached)]
    files = [part for part in map(dict_of, list_of(said)) if part.get("type") == "file"]
    named = [(each.get("name"), each.get("contentType"), each.get("url")) for each in listed]
    named += [(each.get("filename"), each.get("mediaType"), each.get("url")) for each in files]
    return [attachment(name, kind, url=_web(url)) for name, kind, url in named]


def _parts(place: str, said: Any) -> Iterator[Part]:
    about = dict_of(said)
    match about.get("type"):
        case "text":
            if text := text_of(about.get("text")):
                yield Text(text)
        case "reasoning":
            if text := text_of(about.get("text")):
                yield Reasoning(text)
        case "source-url" | "source-document":
            yield from _citation(about)
        case "file":
            yield _file(about)
        case "data-error":
            yield Error(text_of(about.get("data")) or "The agent reported an error.")
        case "tool-invocation":
            yield from _former_tool(place, dict_of(about.get("toolInvocation")))
        case str(kind) if kind == "dynamic-tool" or kind.startswith("tool-"):
            yield from _tool(place, kind, about)
        case kind if kind not in _DROPPED:
            yield Unknown({"type": "databricks-template", "content": said})


def _citation(about: dict[str, Any]) -> Iterator[Part]:
    url = _web(about.get("url")) or ""
    if title := text_of(about.get("title")) or text_of(about.get("filename")) or url:
        yield Citation(url, title)


def _file(about: dict[str, Any]) -> Part:
    url = about.get("url")
    usable = isinstance(url, str) and (is_web_url(url) or url.startswith("data:")) and len(url) <= MAX_FILE_URL_CHARS
    kind = text_of(about.get("mediaType")) or "application/octet-stream"
    return File(kind, str(url) if usable else "", text_of(about.get("filename")) or "A file")


def _tool(place: str, kind: str, about: dict[str, Any]) -> Iterator[Part]:
    # The template knew all tools by one name, and kept the real one beside it.
    told = dict_of(dict_of(about.get("callProviderMetadata")).get("databricks")).get("toolName")
    name = text_of(told) or text_of(about.get("toolName")) or kind.removeprefix("tool-")
    call_id = text_of(about.get("toolCallId")) or place
    yield ToolCall(call_id, name, _as_text(about.get("input", about.get("rawInput"))))
    match about.get("state"):
        case "output-available":
            yield ToolResult(call_id, _as_text(about.get("output")))
        case "output-error":
            yield ToolResult(call_id, text_of(about.get("errorText")) or "The tool reported an error.")
        case "output-denied":
            yield ToolResult(call_id, DENIED)


def _former_tool(place: str, call: dict[str, Any]) -> Iterator[Part]:
    """As the SDK wrote them before its version 5."""
    call_id = text_of(call.get("toolCallId")) or place
    yield ToolCall(call_id, text_of(call.get("toolName")) or "tool", _as_text(call.get("args")))
    if "result" in call:
        yield ToolResult(call_id, _as_text(call["result"]))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _web(url: Any) -> str | None:
    return url if isinstance(url, str) and is_web_url(url) else None
