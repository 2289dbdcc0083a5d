"""What a tool gave back, in the shapes in which tools do."""

import json
from typing import Any

from lib.agent.formats.shared.files import file_of
from lib.agent.formats.shared.text import text_of
from lib.messages.parts import File


def output_text(value: Any) -> str:
    """What a tool gave back as text: strings as they are, parts of a message as their text, other values as JSON."""
    if isinstance(value, str):
        parsed = _parts_in(value)
        return value if parsed is None else output_text(parsed)
    if isinstance(value, dict) and isinstance(value.get("content"), list) and _are_parts(value["content"]):
        return _result(value)
    if isinstance(value, list) and value and _are_parts(value):
        return "\n".join(filter(None, map(_part, value)))
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def output_files(value: Any) -> list[File]:
    """The images and other files that a tool gave back."""
    if isinstance(value, str):
        value = _parts_in(value)
    if isinstance(value, dict):
        value = value.get("content")
    return [file for part in value if (file := file_of(part))] if isinstance(value, list) and _are_parts(value) else []


def _result(result: dict[str, Any]) -> str:
    """The result of a tool of the Model Context Protocol."""
    said = output_text(result["content"] or None)
    if not said and result.get("structuredContent") is not None:
        said = json.dumps(result["structuredContent"], ensure_ascii=False)
    failed = result.get("isError") is True and "error" not in said.lower()
    return f"Error: {said}" if failed else said


def _parts_in(text: str) -> Any:
    """The parts that a tool's text holds as JSON; None where it is any other text."""
    if not text.lstrip().startswith(("[", "{")) or '"type"' not in text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    parts = value.get("content") if isinstance(value, dict) else value
    return value if isinstance(parts, list) and parts and _are_parts(parts) else None


def _are_parts(values: list[Any]) -> bool:
    """Rather than the rows of a table, which may have a column `text` as well."""
    return all(isinstance(value, dict) and (_is_text(value) or file_of(value) or _inner(value)) for value in values)


def _is_text(part: dict[str, Any]) -> bool:
    return part.get("type") in ("text", "output_text", "input_text") and isinstance(part.get("text"), str)


def _inner(part: dict[str, Any]) -> dict[str, Any] | None:
    inner = part.get("resource")
    return inner if part.get("type") == "resource" and isinstance(inner, dict) else None


def _part(part: dict[str, Any]) -> str:
    if _is_text(part):
        return str(part["text"])
    if inner := _inner(part):
        return text_of(inner) or text_of(inner.get("uri"))
    file = file_of(part)
    return f"({file.media_type}{f': {file.name}' if file.name else ''})" if file else ""
