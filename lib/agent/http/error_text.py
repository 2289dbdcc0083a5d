"""Finds the texts in an error report, however they are wrapped.

Servers wrap each other's errors: in JSON, in JSON within a JSON string, in the printed form of a Python dictionary,
after the name of an exception, or cut off at some length.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from lib.storable import storable_text

MAX_CHARS = 100_000
MAX_DEPTH = 8
MAX_LIST_ITEMS = 3

# The fields with the clearest text come first. Other fields are searched after these if they contain fields.
_TEXT_FIELDS = (
    *("message", "detail", "msg", "error_description", "error_message", "errorMessage", "errorText", "faultstring"),
    *("error", "exception", "reason", "title", "description"),
)
_CODE_FIELDS = ("code", "error_code", "type", "status")
# These fields quote the request or show the server's internals.
_SKIPPED_FIELDS = {
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
"""Pairs (is it a code, text)."""


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
        if holds_fields and name not in _SKIPPED_FIELDS and name not in _TEXT_FIELDS:
            yield from texts_in(value, depth + 1)


def _in_list(errors: list[Any], depth: int) -> Texts:
    """Validation errors of several fields become one text."""
    first = errors[:MAX_LIST_ITEMS]
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
    """The field at fault and the message, without the value that was sent."""
    location = ".".join(str(each) for each in error["loc"] if each != "body")
    return f"{location}: {error['msg']}" if location else str(error["msg"])


def _in_text(text: str, depth: int) -> Texts:
    text = _EVENT.sub("", storable_text(text)).strip()
    if not text or _WEB_PAGE.match(text):
        return
    if (parsed := _parsed(text)) is not None:
        yield from texts_in(parsed, depth + 1)
        return
    if _VALIDATION.search(text) and (fields := _FIELD.findall(text)):
        # A printed pydantic error, which quotes the input after each message.
        yield False, "; ".join(f"{location}: {message.strip()}" for location, message in fields[:MAX_LIST_ITEMS])
        return
    head, _, rest = text.partition("{")
    inner = list(_in_braces("{" + rest, depth)) if rest else []
    yield from inner
    if left := (head if inner else text).strip():
        yield False, left


def _in_braces(text: str, depth: int) -> Texts:
    """The texts in JSON that is followed by other text, was cut off, or was printed by Python."""
    if (parsed := _parsed(text)) is not None:
        yield from texts_in(parsed, depth + 1)
        return
    for _ in range(MAX_DEPTH):
        # A JSON string within a JSON string is escaped once more at each level.
        if not _ESCAPED_NAME.search(text):
            break
        text = _unescaped(text)
    if fields := _PRINTED_FIELD.findall(text):
        yield False, "; ".join(_printed(*field) for field in fields[:MAX_LIST_ITEMS])
        return
    for quoted in _QUOTED.findall(text)[:MAX_LIST_ITEMS]:
        yield from texts_in(_unescaped(quoted[1:-1]), depth + 1)


def _printed(loc: str, single_quoted: str, double_quoted: str) -> str:
    location = ".".join(each for each in re.findall(r"\w+", loc) if each != "body")
    return f"{location}: {single_quoted or double_quoted}"


def _parsed(text: str) -> object:
    """None if the text does not begin with a JSON object, list or string."""
    try:
        return json.JSONDecoder().raw_decode(text)[0] if text[0] in '{["' else None
    except (ValueError, RecursionError):
        return None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)
