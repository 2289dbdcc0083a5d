"""What a message said and did, step by step, as it can be told to an agent again."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from lib.agent.formats.shared.call_ids import short_id
from lib.agent.formats.shared.text import clean
from lib.messages.parts import File, Part, Text, ToolCall, ToolResult, content_of

Step = Text | ToolCall | ToolResult


def steps(parts: Sequence[Part]) -> Iterator[Step]:
    """In order, each call with a JSON object as its arguments and directly followed by its result.

    A call without its result is left out, since no format takes one, and so is reasoning. Images and other files are
    not sent back; of an answer that was nothing else it is said that they were there.
    """
    has_text = bool(content_of(parts).strip())
    results: dict[str, deque[tuple[int, ToolResult]]] = defaultdict(deque)
    for position, part in enumerate(parts):
        if isinstance(part, ToolResult):
            results[part.call_id].append((position, part))
    for position, part in enumerate(parts):
        match part:
            case Text(text) if text.strip():
                yield Text(clean(text))
            case ToolCall(id, name, arguments):
                if result := _next_behind(position, results[id]):
                    call_id = short_id(clean(id)) or f"call-{position}"
                    yield ToolCall(call_id, clean(name) or "tool", _object(clean(arguments)))
                    yield ToolResult(call_id, clean(result.output))
            case File(media_type, _, name) if not has_text:
                yield Text(clean(f"({media_type}{name and f': {name}'})"))


def _next_behind(position: int, results: deque[tuple[int, ToolResult]]) -> ToolResult | None:
    """An agent may use an id again: each call has the next result behind it, and no other call has that."""
    while results:
        number, result = results.popleft()
        if number > position:
            return result
    return None


def _object(arguments: str) -> str:
    """Strict endpoints take nothing but an object."""
    try:
        if isinstance(json.loads(arguments or "{}"), dict):
            return arguments or "{}"
    except (ValueError, RecursionError):
        pass
    return json.dumps({"arguments": arguments}, ensure_ascii=False)
