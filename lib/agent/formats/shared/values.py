"""Reads text from the JSON values that agents send."""

import json
from typing import Any

_TEXT_KEYS = ("text", "refusal", "value", "content")
"""Fields of a content part that hold its text."""


def text_of(content: Any) -> str:
    """The text of a `content`, which is a string, a number, a part, a list of these, or null."""
    if isinstance(content, list):
        return "".join(map(_part_text, content))
    return _part_text(content)


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict):
        return next((text for key in _TEXT_KEYS if (text := _scalar(part.get(key)))), "")
    return _scalar(part)


def _scalar(value: Any) -> str:
    """A text or number as text: some servers send a number, or put the text one level deeper, in `value`."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) else ""


def as_json(value: Any) -> str:
    """A string unchanged, an empty string for null, any other value as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def name_of(value: Any) -> str:
    """A name or an id; empty for other values."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def dict_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
