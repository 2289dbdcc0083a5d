"""What a message said and did, step by step, as it can be told to an agent again."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lib.agent.formats.shared.call_ids import short_id
from lib.agent.formats.shared.text import clean


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Called:
    """A tool call with its result; `arguments` is a JSON object."""

    id: str
    name: str
    arguments: str
    output: str


def steps(parts: Sequence[dict[str, Any]]) -> Iterator[Text | Called]:
    """In order. A call without its result is left out, since no format takes one, and so is reasoning.

    Images and other files are not sent back; of an answer that was nothing else it is said that they were there.
    """
    has_text = any(part["type"] == "text" and part["text"].strip() for part in parts)
    results: dict[str, deque[int]] = defaultdict(deque)
    for position, part in enumerate(parts):
        if part["type"] == "tool_result":
            results[part["call_id"]].append(position)
    for position, part in enumerate(parts):
        if part["type"] == "text" and part["text"].strip():
            yield Text(clean(part["text"]))
        elif part["type"] == "tool_call":
            number = _next_behind(position, results[part["id"]])
            if number is not None:
                yield _called(part, clean(parts[number]["output"]), position)
        elif part["type"] == "file" and not has_text:
            named = f": {part['name']}" if part["name"] else ""
            yield Text(clean(f"({part['media_type']}{named})"))


def _next_behind(position: int, results: deque[int]) -> int | None:
    """An agent may use an id again: each call has the next result behind it, and no other call has that."""
    while results:
        if (number := results.popleft()) > position:
            return number
    return None


def _called(part: dict[str, Any], output: str, position: int) -> Called:
    call_id = short_id(clean(part["id"])) or f"call-{position}"
    return Called(call_id, clean(part["name"]) or "tool", _arguments(clean(part["arguments"])), output)


def _arguments(arguments: str) -> str:
    """Strict endpoints take nothing but an object."""
    try:
        if isinstance(json.loads(arguments or "{}"), dict):
            return arguments or "{}"
    except (ValueError, RecursionError):
        pass
    return json.dumps({"arguments": arguments}, ensure_ascii=False)
