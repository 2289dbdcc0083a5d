"""The texts of an error, whatever they are wrapped in.

Servers wrap each other's errors: as JSON, as JSON in a string of JSON, as what Python prints of a dictionary, behind
the name of an exception, cut off where it became too long.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from lib.storable import storable_text

MAX_CHARS = 100_000
MAX_DEPTH = 8
MAX_OF_A_LIST = 3

# The clearest first. Other fields are searched after these, if they hold fields themselves.
_TEXT_FIELDS = (
    *("message", "detail", "msg", "error_description", "error_message", "errorMessage", "errorText", "faultstring"),
    *("error", "exception", "reason", "title", "description"),
)
_CODE_FIELDS = ("code", "error_code", "type", "status")
# They quote the request, or show how the server works inside.
_UNREAD_FIELDS = {
    *("input", "prompt", "messages", "body", "request", "headers"),
    *("url", "loc", "ctx", "stack", "stack_trace", "traceback", "trace"),
}

_WEB_PAGE = re.compile(r"<(!doctype|html|head|body|\?xml|center|h\d)", re.IGNORECASE)
_VALIDATION = re.compile(r"\b\d{1,4} validation errors? for ")
_FIELD = re.compile(r"^(\w[\w.\[\]-]*)\n\s+([^\n\[]+)", re.MULTILINE)
_PRINTED_FIELD = re.compile(r"'loc': \(([^()]*)\),? *'msg': (?:'([^']*)'|\"([^\"]*)\")")
_TEXT_FIELD_NAMES = "|".join(_TEXT_FIELDS)
_QUOTED = re.compile(rf"[\"'](?:{_TEXT_FIELD_NAMES})[\"']\s*:\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", re.DOTALL)
_ESCAPED_NAME = re.compile(rf"\\[\"'](?:{_TEXT_FIELD_NAMES})\\[\"']")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\n", "t": " "}
_EVENT = re.compile(r"^(?:data|error): ?|^(?:event|id|retry):.*\n?", re.MULTILINE)

Texts = Iterator[tuple[bool, str]]
"""Each with whether it is a code."""


def texts_in(error: object, depth: int = 0) -> Texts:
    """`error` is anything that reports one: bytes or text of a body, its JSON, or the value of a field in it."""
    if depth > MAX_DEPTH:
        return
    match error:
        case bytes():
            yield from _in_text(error[:MAX_CHARS].decode("utf-8", "replace"), depth)
        case str():
            yield from _in_text(error[:MAX_CHARS], depth)
        case dict():
            yield from _in_fields(error, depth)
        case list():
            yield from _in_list(error, depth)


def _in_fields(error: dict[str, Any], depth: int) -> Texts:
    if _is_validation_error(error):
        yield False, _validation_text(error)
        return
    yield from ((True, code) for name in _CODE_FIELDS if isinstance(code := error.get(name), str) and code)
    for name in _TEXT_FIELDS:
        yield from texts_in(error.get(name), depth + 1)
    for name, value in error.items():
        holds_fields = isinstance(value, dict | list) or (isinstance(value, str) and value.lstrip()[:1] == "{")
        if holds_fields and name not in _UNREAD_FIELDS and name not in _TEXT_FIELDS:
            yield from texts_in(value, depth + 1)


def _in_list(errors: list[Any], depth: int) -> Texts:
    """The validation errors of several fields become one text."""
    first = errors[:MAX_OF_A_LIST]
    fields = [each for each in first if _is_validation_error(each)]
    if fields:
        yield from ((True, str(each.get("type", ""))) for each in fields)
        yield False, "; ".join(map(_validation_text, fields))
    else:
        for each in first:
            yield from texts_in(each, depth + 1)


def _is_validation_error(error: Any) -> bool:
    return isinstance(error, dict) and isinstance(error.get("loc"), list) and isinstance(error.get("msg"), str)


def _validation_text(error: dict[str, Any]) -> str:
    """Which field is wrong, and how. The value that was sent is left out."""
    place = ".".join(str(each) for each in error["loc"] if each != "body")
    return f"{place}: {error['msg']}" if place else str(error["msg"])


def _in_text(text: str, depth: int) -> Texts:
    text = _EVENT.sub("", storable_text(text)).strip()
    if not text or _WEB_PAGE.match(text):
        return
    if (parsed := _parsed(text)) is not None:
        yield from texts_in(parsed, depth + 1)
        return
    if _VALIDATION.search(text) and (fields := _FIELD.findall(text)):
        # A printed pydantic error, which quotes what was sent after each message.
        yield False, "; ".join(f"{place}: {what.strip()}" for place, what in fields[:MAX_OF_A_LIST])
        return
    head, _, rest = text.partition("{")
    inner = list(_in_braces("{" + rest, depth)) if rest else []
    yield from inner
    if left := (head if inner else text).strip():
        yield False, left


def _in_braces(text: str, depth: int) -> Texts:
    """JSON followed by other text, or text that looks like JSON: cut off, or printed by Python."""
    if (parsed := _parsed(text)) is not None:
        yield from texts_in(parsed, depth + 1)
        return
    for _ in range(MAX_DEPTH):
        # Each level of strings within strings is escaped once more.
        if not _ESCAPED_NAME.search(text):
            break
        text = _unescaped(text)
    if fields := _PRINTED_FIELD.findall(text):
        yield False, "; ".join(_printed(*field) for field in fields[:MAX_OF_A_LIST])
        return
    for quoted in _QUOTED.findall(text)[:MAX_OF_A_LIST]:
        yield from texts_in(_unescaped(quoted[1:-1]), depth + 1)


def _printed(loc: str, msg: str, other: str) -> str:
    place = ".".join(each for each in re.findall(r"\w+", loc) if each != "body")
    return f"{place}: {msg or other}"


def _parsed(text: str) -> object:
    """None if the text does not begin with a JSON object, list or string."""
    try:
        return json.JSONDecoder().raw_decode(text)[0] if text[0] in '{["' else None
    except (ValueError, RecursionError):
        return None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
