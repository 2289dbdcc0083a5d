"""What a node of a ChatGPT chat says, as parts. What is not known here is kept as it is, as an Unknown part."""

import re
from collections.abc import Iterator
from typing import Any

from lib.importer.fields import attachment, dict_of, list_of, text_of
from lib.messages.parts import Citation, Error, File, Note, Part, Reasoning, Role, Text, ToolCall, ToolResult, Unknown
from lib.messages.web_url import is_web_url
from lib.store.files import Attachment

_CITATION_MARK = re.compile("\ue200[^\ue201]*\ue201|【\\d+†[^】]*】")
"""Stands in the text where a source is cited. The sources themselves are in the metadata."""


def parts_of(id: str, role: Role, message: dict[str, Any]) -> list[Part]:
    content = dict_of(message.get("content"))
    name = text_of(dict_of(message.get("author")).get("name")) or "tool"
    match content.get("content_type"):
        case "thoughts":
            return [Reasoning(text) for text in _thoughts(content)]
        case "reasoning_recap":
            return [Reasoning(text)] if (text := text_of(content.get("content"))) else []
        case "user_editable_context" | "model_editable_context":
            given = (text_of(value) for key, value in content.items() if key != "content_type")
            return [Note(text) for text in given if text]
        case "system_error":
            return [Error(text_of(content.get("text")) or "ChatGPT reported an error.")]
        case "text" | "multimodal_text" | None:
            return _said(id, role, name, message, list_of(content.get("parts")))
        case "code":
            return _code(id, role, name, message, content)
        case "execution_output" | "tether_quote" | "tether_browsing_display":
            return _result(id, name, _output(content))
    return [Unknown({"type": "chatgpt", "content": content})]


def _said(id: str, role: Role, name: str, message: dict[str, Any], pieces: list[Any]) -> list[Part]:
    """Texts that follow one another are one text."""
    parts: list[Part] = []
    for piece in pieces:
        part = _piece(piece)
        if isinstance(part, Text) and parts and isinstance(parts[-1], Text):
            parts[-1] = Text(f"{parts[-1].text}\n{part.text}")
        elif part:
            parts.append(part)
    said = "\n".join(part.text for part in parts if isinstance(part, Text))
    others = [part for part in parts if not isinstance(part, Text)]
    if role == "tool":
        return [*(_result(id, name, said) if said else []), *others]
    if role == "assistant" and _tool(message) and said:
        return [ToolCall(id, _tool(message), said), *others]
    if role == "user":  # its files are attachments
        return [part for part in parts if not isinstance(part, File)]
    return parts


def _piece(piece: Any) -> Part | None:
    if isinstance(piece, str):
        said = _CITATION_MARK.sub("", piece)
        return Text(said) if said.strip() else None
    about = dict_of(piece)
    match about.get("content_type"):
        case "image_asset_pointer" | "audio_asset_pointer" | "video_container_asset_pointer" as kind:
            return File(_media_type(kind), "", _file_name(about))
        case "real_time_user_audio_video_asset_pointer":
            return File("audio/*", "", _file_name(dict_of(about.get("audio_asset_pointer"))))
        case "audio_transcription":
            return Text(text) if (text := text_of(about.get("text"))) else None
    return Unknown({"type": "chatgpt", "content": piece}) if piece is not None else None


def _code(id: str, role: Role, name: str, message: dict[str, Any], content: dict[str, Any]) -> list[Part]:
    text = text_of(content.get("text"))
    if not text:
        return []
    if role == "tool":
        return _result(id, name, text)
    if tool := _tool(message):
        return [ToolCall(id, tool, text)]
    language = content.get("language")
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", text))])
    return [Text(f"{ticks}{language if isinstance(language, str) and language != 'unknown' else ''}\n{text}\n{ticks}")]


def _tool(message: dict[str, Any]) -> str:
    """To which tool a message of the model goes; empty for one to the reader."""
    recipient = text_of(message.get("recipient"))
    return "" if recipient in (None, "all") else str(recipient)


def _result(id: str, name: str, output: str) -> list[Part]:
    """With a call of its own: which call it answers is not in the file."""
    return [ToolCall(id, name, ""), ToolResult(id, output)] if output else []


def _output(content: dict[str, Any]) -> str:
    named = (text_of(content.get(key)) for key in ("title", "url", "text", "result", "summary"))
    return "\n".join(text for text in named if text)


def _thoughts(content: dict[str, Any]) -> Iterator[str]:
    for thought in map(dict_of, list_of(content.get("thoughts"))):
        if text := "\n\n".join(filter(None, (text_of(thought.get("summary")), text_of(thought.get("content"))))):
            yield text


def citations_of(about: dict[str, Any]) -> list[Part]:
    """The sources of a text, each once."""
    references = [dict_of(each) for each in list_of(about.get("content_references"))]
    found = [*references, *(dict_of(item) for each in references for item in list_of(each.get("items")))]
    found += [dict_of(dict_of(each).get("metadata")) for each in list_of(about.get("citations"))]
    urls: dict[str, str] = {}
    for each in found:
        url = each.get("url")
        if isinstance(url, str) and is_web_url(url):
            urls.setdefault(url, text_of(each.get("title")) or url)
    return [Citation(url, title) for url, title in urls.items()]


def attachments_of(content: dict[str, Any], about: dict[str, Any]) -> list[Attachment]:
    """Names only: the files are not in the JSON."""
    named = [dict_of(each) for each in list_of(about.get("attachments"))]
    found = [
        attachment(each.get("name"), each.get("mime_type") or each.get("mimeType"), each.get("size")) for each in named
    ]
    known = {each.get("id") for each in named}
    for piece in map(dict_of, list_of(content.get("parts"))):
        kind, pointer = piece.get("content_type"), str(piece.get("asset_pointer") or "")
        if isinstance(kind, str) and kind.endswith("asset_pointer") and pointer.rpartition("/")[2] not in known:
            found.append(attachment(_file_name(piece), _media_type(kind), piece.get("size_bytes")))
    return found


def _media_type(kind: str) -> str:
    return f"{kind.partition('_')[0]}/*"


def _file_name(pointer: dict[str, Any]) -> str:
    return str(pointer.get("asset_pointer") or "").rpartition("/")[2] or "A file"
