"""Make text from outside fit to be shown and stored, also when it comes in pieces."""

import json
from typing import Any

_TEXT_KEYS = ("text", "refusal", "value", "content")
"""Where a part of a content holds its text."""


def clean(text: str) -> str:
    """Drop what Postgres refuses: NUL characters, and halves of surrogate pairs that have no other half."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()  # finds a half six times as quickly as a search, and nothing else runs meanwhile
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text


def text_of(content: Any) -> str:
    """The text of a `content` in any of its shapes: a string, a number, a part, a list of these, or null."""
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
    """Some servers give an answer that is a number as a number; some keep a text one level deeper, as `value`."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) else ""


def as_json(value: Any) -> str:
    """A value as text: strings as they are, nothing for null, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def name_of(value: Any) -> str:
    """A name or an id; empty for whatever is none."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


class Stitcher:
    """Cleans deltas, joining a surrogate pair that was cut in two between them."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        text = self._held + delta
        self._held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return clean(text[:-1] if self._held else text)
