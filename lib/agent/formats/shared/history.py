"""Prepares the conversation that is sent to an agent again. Each format then writes it in its own shape."""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import TypeVar

from lib.messages.files import GivenFile
from lib.messages.parts import Approval, ContextMessage, File, Part, Text, ToolCall, ToolResult, content_of
from lib.storable import storable_text


@dataclass(frozen=True)
class DecidedCall:
    """A call that the user has decided on and of which nothing has come yet, or never will: the agent is to know."""

    call: ToolCall
    """With the id that the agent gave it, which it must find again."""
    approval: Approval

    @property
    def outcome(self) -> str:
        """The decision in words, for formats that have no other form for it."""
        words = "The user approved this call." if self.approval.is_approved else "The user did not approve this call."
        return f"{words} Their reason: {self.approval.reason}" if self.approval.reason else words


HistoryPart = Text | ToolCall | ToolResult | DecidedCall | GivenFile
"""A GivenFile here is one with data: its format decides how it is written. One with text is a Text."""

_OfCall = TypeVar("_OfCall", ToolResult, Approval)

# Model serving sends longer ids than it accepts.
MAX_ID_CHARS = 64
_HASH_CHARS = 16


def by_speaker(conversation: Sequence[ContextMessage]) -> Iterator[tuple[str, Iterator[HistoryPart]]]:
    """Each role with its parts: messages in a row with the same role are one entry, and their texts are joined.

    Strict models refuse two questions in a row, which an answer that failed before its first word leaves behind.
    """
    history = ((message.role, part) for message in conversation for part in _with_files(message))
    for role, group in groupby(history, key=lambda entry: entry[0]):
        yield role, _joined(part for _, part in group)


def _with_files(message: ContextMessage) -> Iterator[HistoryPart]:
    """The files come first, because models answer long material better if the question follows it.

    No format has a field for the name of an image, so a text before it tells it.
    """
    for file in message.files:
        if isinstance(file, GivenFile):
            if file.data_url and file.content_type.startswith("image/"):
                yield Text(storable_text(f"Image “{file.name}”:"))
            yield Text(storable_text(file.text)) if file.text else file
    yield from history_parts(message.parts)


def _joined(parts: Iterable[HistoryPart]) -> Iterator[HistoryPart]:
    for kind, group in groupby(parts, key=type):
        if kind is Text:
            yield Text(content_of(part for part in group if isinstance(part, Text)))
        else:
            yield from group


def history_parts(parts: Sequence[Part]) -> Iterator[HistoryPart]:
    """The parts of one message that are sent again, in order; each call is directly followed by its result.

    Reasoning is left out, and so is a call without a result or a decision of the user, which no format accepts. Images
    and other files are not sent either, but their names are if the message has no text.
    """
    has_text = bool(content_of(parts).strip())
    results, approvals = _by_call(parts, ToolResult), _by_call(parts, Approval)
    for position, part in enumerate(parts):
        match part:
            case Text(text) if text.strip():
                yield Text(storable_text(text))
            case ToolCall(id, name, arguments):
                approval = _next_behind(position, approvals[id])
                if result := _next_behind(position, results[id]):
                    call_id = short_id(storable_text(id)) or f"call-{position}"
                    yield ToolCall(call_id, storable_text(name) or "tool", _json_object(storable_text(arguments)))
                    yield ToolResult(call_id, storable_text(result.output))
                elif approval and approval.is_approved is not None:
                    yield DecidedCall(part, approval)
            case File(media_type, _, name) if not has_text:
                yield Text(storable_text(f"({media_type}{name and f': {name}'})"))


def _by_call(parts: Sequence[Part], kind: type[_OfCall]) -> dict[str, deque[tuple[int, _OfCall]]]:
    """The parts of a kind by the ids of their calls, with their positions."""
    found: dict[str, deque[tuple[int, _OfCall]]] = defaultdict(deque)
    for position, part in enumerate(parts):
        if isinstance(part, kind):
            found[part.call_id].append((position, part))
    return found


def _next_behind(position: int, parts: deque[tuple[int, _OfCall]]) -> _OfCall | None:
    """Remove and return the next part after the call. An agent may use one id for several calls."""
    while parts:
        part_position, part = parts.popleft()
        if part_position > position:
            return part
    return None


def _json_object(arguments: str) -> str:
    """The arguments as a JSON object, because strict endpoints accept nothing else."""
    try:
        if isinstance(json.loads(arguments or "{}"), dict):
            return arguments or "{}"
    except (ValueError, RecursionError):
        pass
    return json.dumps({"arguments": arguments}, ensure_ascii=False)


def short_id(call_id: str) -> str:
    """The id in at most MAX_ID_CHARS characters. Equal ids stay equal, and different ids stay different."""
    if len(call_id) <= MAX_ID_CHARS:
        return call_id
    digest = sha256(call_id.encode("utf-8", "replace")).hexdigest()[:_HASH_CHARS]
    return f"{call_id[: MAX_ID_CHARS - _HASH_CHARS - 1]}-{digest}"
