"""The messages of an answer out of its bytes, wherever these were cut.

An answer is an event stream, lines of JSON, or one JSON document. Which of them is told by how it begins, since servers
name it wrongly.
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
"""Without an event in it; a trace is a few megabytes long."""
MAX_DOCUMENT_CHARS = 50_000_000
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIELDS = ("data", "event", "id", "retry")


class TooLong(Exception):
    """More has come than any answer holds."""


async def opening(pieces: AsyncIterator[bytes]) -> bytes:
    """The first bytes, without a byte order mark; enough to tell what follows them."""
    head = b""
    async for piece in pieces:
        head += piece
        if head.strip() and not codecs.BOM_UTF8.startswith(head):
            break
    return head.removeprefix(codecs.BOM_UTF8)


async def messages(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float = math.inf
) -> AsyncGenerator[str, None]:
    """Each as it was sent, usually JSON. Raises TooLong.

    Raises TimeoutError when for so long nothing but comments of an event stream has come.
    """
    is_json = head.lstrip()[:1] in (b"{", b"[", b'"')
    framed = _json_messages(head, pieces) if is_json else _event_data(head, pieces, kept_alive_seconds)
    async with aclosing(framed):
        async for message in framed:
            yield message


async def _json_messages(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """Where the first line is JSON by itself, each line is; else all of them together are one document."""
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
                raise TooLong
    if document:
        yield "\n".join(document)


async def _event_data(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float
) -> AsyncGenerator[str, None]:
    """The data of each event, up to and including [DONE].

    An event called `error` becomes an error in JSON, whatever its data is. A line that belongs to no event stream is
    a message by itself, so that it is counted, or understood where a failing server writes JSON between its events.
    """
    event, heard_at = _EventBuilder(), time.monotonic()
    async with aclosing(_lines(head, pieces)) as lines:
        async for line in lines:
            for data in event.add_line(line):
                yield data
                if data == DONE:
                    return
                heard_at = time.monotonic()
            if time.monotonic() - heard_at > kept_alive_seconds:
                raise TimeoutError
    # Some servers leave out the blank line behind their last event.
    for data in event.add_line(""):
        yield data


class _EventBuilder:
    """Gathers the lines of one event after the other."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._chars = 0

    def add_line(self, line: str) -> Iterator[str]:
        """What this line completes."""
        if not line:
            yield from self._complete()
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._chars += len(value)
            if self._chars > MAX_BUFFERED_BYTES:
                raise TooLong
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
    """The last one also when nothing ends it."""
    held: list[bytes] = []
    held_bytes = 0
    async for piece in _with_head(head, pieces):
        # What ends in a carriage return may go on with the line feed that belongs to it.
        if held and held[-1].endswith(b"\r"):
            last = held.pop()
            piece, held_bytes = last + piece, held_bytes - len(last)
        whole, rest = _split(piece)
        if whole:
            whole[0] = b"".join([*held, whole[0]])
            held, held_bytes = [], 0
            for line in whole:
                yield line.decode("utf-8", "replace")
        if rest:
            held.append(rest)
            held_bytes += len(rest)
            if held_bytes > MAX_BUFFERED_BYTES:
                raise TooLong
    if held:
        yield b"".join(held).removesuffix(b"\r").decode("utf-8", "replace")


def _split(piece: bytes) -> tuple[list[bytes], bytes]:
    """The lines that are whole, and the rest; a carriage return at the very end is kept in the rest."""
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
    """What came as an error by its place in the stream, as JSON that says so by itself."""
    try:
        error: Any = json.loads(data)
    except (ValueError, RecursionError):
        error = data.strip()
    if isinstance(error, dict) and error.get("type") == "error":
        return data
    return json.dumps({"type": "error", "error": error})
