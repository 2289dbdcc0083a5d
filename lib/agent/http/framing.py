"""Turns the bytes of an answer, however the network cut them, into its messages.

An answer is an event stream, lines of JSON, or one JSON document. Its first bytes decide which, because servers too
often send a wrong content type.
"""

import codecs
import json
import math
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from lib.agent.events import DONE

MAX_BUFFERED_BYTES = 64_000_000
"""The limit for one event. An event with a trace has a few megabytes."""
MAX_DOCUMENT_CHARS = 50_000_000
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIELDS = ("data", "event", "id", "retry")


class AnswerTooLarge(Exception):
    """One event or document of the answer exceeds the limit."""


async def opening(pieces: AsyncIterator[bytes]) -> bytes:
    """The first bytes, without a byte order mark: enough to tell the framing. Empty for an empty answer."""
    head = b""
    async for piece in pieces:
        head += piece
        if head.strip() and not codecs.BOM_UTF8.startswith(head):
            break
    return head.removeprefix(codecs.BOM_UTF8)


async def messages(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float = math.inf
) -> AsyncGenerator[str, None]:
    """The messages as they were sent, usually JSON. Raises AnswerTooLarge.

    Raises TimeoutError if an event stream sends only comments for `kept_alive_seconds`.
    """
    is_json = head.lstrip()[:1] in (b"{", b"[", b'"')
    framed = _json_messages(head, pieces) if is_json else _event_data(head, pieces, kept_alive_seconds)
    async with aclosing(framed):
        async for message in framed:
            yield message


async def _json_messages(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """If the first line alone is valid JSON, each line is a message; else all lines are one document."""
    document: list[str] = []
    chars = 0
    is_by_line = False
    async with aclosing(_lines(head.lstrip(), pieces)) as lines:
        async for line in lines:
            is_by_line = is_by_line or (not document and _is_json(line))
            if is_by_line:
                if data := line.removeprefix("data:").strip():
                    yield data
                continue
            document.append(line)
            chars += len(line)
            if chars > MAX_DOCUMENT_CHARS:
                raise AnswerTooLarge
    if document:
        yield "\n".join(document)


async def _event_data(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float
) -> AsyncGenerator[str, None]:
    """The data of each event, up to and including [DONE].

    An event named `error` becomes an error in JSON, whatever its data is. A line that is not part of an event is a
    message by itself, because a failing server may write JSON between its events. The decoder ignores other lines.
    """
    event, received_at = _EventBuilder(), time.monotonic()
    async with aclosing(_lines(head, pieces)) as lines:
        async for line in lines:
            for data in event.add_line(line):
                yield data
                if data == DONE:
                    return
                received_at = time.monotonic()
            if time.monotonic() - received_at > kept_alive_seconds:
                raise TimeoutError
    # Some servers leave out the blank line after their last event.
    for data in event.add_line(""):
        yield data


class _EventBuilder:
    """Builds events from lines."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._chars = 0

    def add_line(self, line: str) -> Iterator[str]:
        """The messages that this line completes."""
        if not line:
            yield from self._complete()
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._chars += len(value)
            if self._chars > MAX_BUFFERED_BYTES:
                raise AnswerTooLarge
        elif field == "event":
            self._name = value
        elif field == "error":
            yield as_error(value)
        elif field and field not in _FIELDS:
            yield line

    def _complete(self) -> Iterator[str]:
        name, data, lines = self._name.strip().lower(), "\n".join(self._data), self._data
        self._name, self._data, self._chars = "", [], 0
        if data.strip() == DONE:
            yield DONE
        elif name == "error" or name.endswith((".error", "_error")):
            yield as_error(data)
        elif len(lines) > 1 and all(map(_is_json, lines)):
            # Some servers leave out the blank lines between their events.
            yield from lines
        elif data:
            yield data


async def _lines(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The lines, decoded, also a last one without a line break."""
    buffer: list[bytes] = []
    buffered_bytes = 0
    async for piece in _with_head(head, pieces):
        # A carriage return at the end of a piece may be the first half of a line break.
        if buffer and buffer[-1].endswith(b"\r"):
            last = buffer.pop()
            piece, buffered_bytes = last + piece, buffered_bytes - len(last)
        whole, rest = _split(piece)
        if whole:
            # A long line is joined once, at its end: joining it at each piece would take quadratic time.
            whole[0] = b"".join([*buffer, whole[0]])
            buffer, buffered_bytes = [], 0
            for line in whole:
                yield line.decode("utf-8", "replace")
        if rest:
            buffer.append(rest)
            buffered_bytes += len(rest)
            if buffered_bytes > MAX_BUFFERED_BYTES:
                raise AnswerTooLarge
    if buffer:
        yield b"".join(buffer).removesuffix(b"\r").decode("utf-8", "replace")


def _split(piece: bytes) -> tuple[list[bytes], bytes]:
    """The complete lines, and the rest, which includes a carriage return at the very end."""
    end = len(piece) - 1 if piece.endswith(b"\r") else len(piece)
    *whole, rest = _LINE_END.split(piece[:end])
    return whole, rest + piece[end:]


async def _with_head(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in pieces:
        yield piece


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def as_error(data: str) -> str:
    """JSON of type `error`, for data whose event has the name of an error but whose content may not show it."""
    try:
        error: Any = json.loads(data)
    except (ValueError, RecursionError):
        error = data.strip()
    if isinstance(error, dict) and error.get("type") == "error":
        return data
    return json.dumps({"type": "error", "error": error})
