"""What a message of Open WebUI says, as parts. It writes thoughts and calls of tools into the text, as `<details>`."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lib.importer.fields import dict_of, list_of, text_of
from lib.messages.parts import Citation, Error, File, Part, Reasoning, Role, Text, ToolCall, ToolResult, Unknown
from lib.messages.web_url import is_web_url

_DETAILS = re.compile(
    r'<details type="(?P<kind>reasoning|tool_calls|code_interpreter)"(?P<given>(?:\s+[\w-]+="[^"]*")*)\s*>\n?'
    r"(?:<summary>[^<]*</summary>\n?)?(?P<inside>.*?)</details>",
    re.DOTALL,
)
_GIVEN = re.compile(r'([\w-]+)="([^"]*)"')
_QUOTED = re.compile(r"^(?:>|&gt;) ?", re.MULTILINE)


def parts_of(id: str, role: Role, message: dict[str, Any]) -> list[Part]:
    said = message.get("content")
    parts = list(_of_text(id, said, role)) if isinstance(said, str) else list(_of_list(said))
    if error := message.get("error"):
        told = text_of(error) or text_of(dict_of(error).get("content"))
        parts.append(Error(told or "Open WebUI reported an error."))
    if role == "user":
        return parts
    files = (dict_of(each) for each in list_of(message.get("files")))
    parts += [_file(each) for each in files]
    return [*parts, *_citations(message)]


def _of_list(said: Any) -> Iterator[Part]:
    """The form of the chat-completions API: texts and addresses of images."""
    for each in list_of(said) if isinstance(said, list) else [] if said is None else [said]:
        about = dict_of(each)
        if about.get("type") == "text" and (text := text_of(about.get("text"))):
            yield Text(text)
        elif each is not None:
            yield Unknown({"type": "open-webui", "content": each})


def _of_text(id: str, said: str, role: Role) -> Iterator[Part]:
    if role == "user":
        yield from _text(said)
        return
    at = 0
    for place, found in enumerate(_DETAILS.finditer(said)):
        yield from _text(said[at : found.start()])
        yield from _details(f"{id}-{place}", found)
        at = found.end()
    yield from _text(said[at:])


def _text(said: str) -> Iterator[Part]:
    if said.strip():
        yield Text(said.strip("\n"))


def _details(id: str, found: re.Match[str]) -> Iterator[Part]:
    given = {name: unescape(value) for name, value in _GIVEN.findall(found["given"])}
    inside = unescape(_QUOTED.sub("", found["inside"])).strip()
    match found["kind"]:
        case "reasoning":
            yield Reasoning(inside)
        case "tool_calls":
            call_id = given.get("id") or id
            yield ToolCall(call_id, given.get("name") or "tool", given.get("arguments", ""))
            if result := given.get("result") or inside:
                yield ToolResult(call_id, result)
        case _:
            yield ToolCall(id, "code_interpreter", inside)
            if output := given.get("output"):
                yield ToolResult(id, output)


def _file(each: dict[str, Any]) -> Part:
    url = each.get("url")
    usable = url if isinstance(url, str) and (is_web_url(url) or url.startswith("data:image/")) else ""
    kind = "image/*" if each.get("type") == "image" else "application/octet-stream"
    return File(kind, usable, text_of(each.get("name")) or "A file")


def _citations(message: dict[str, Any]) -> list[Part]:
    """The sources of an answer, each once."""
    found: dict[str, str] = {}
    for each in list_of(message.get("sources")) or list_of(message.get("citations")):
        source = dict_of(dict_of(each).get("source"))
        pages = [dict_of(page) for page in list_of(dict_of(each).get("metadata"))]
        for page in pages or [{}]:
            name = text_of(page.get("title")) or text_of(page.get("name")) or text_of(source.get("name"))
            url = next((u for u in (page.get("source"), source.get("url")) if isinstance(u, str) and is_web_url(u)), "")
            if name or url:
                found.setdefault(url or str(name), name or url)
    return [Citation(key if is_web_url(key) else "", title) for key, title in found.items()]
