"""Server-sent events out of the bytes of a response, wherever these were cut."""

import json
import math
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from lib.agent.formats.decoder import DONE

MAX_BUFFERED_BYTES = 64_000_000
"""Without an event in it; a trace is a few megabytes long."""
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FIELDS = ("data", "event", "id", "retry")


class TooLong(Exception):
    """More has come than any answer holds."""


async def events(
    head: bytes, pieces: AsyncIterator[bytes], kept_alive_seconds: float = math.inf
) -> AsyncGenerator[str, None]:
    """The data of each event, up to and including [DONE].

    Raises TimeoutError when for so long nothing but comments has come.

    An event called `error` is told as an error in JSON, whatever its data is. A line that belongs to no event stream
    is told by itself, so that it is counted, or understood where a failing server writes JSON between its events.
    """
    event, heard_at = _Event(), time.monotonic()
    async with aclosing(lines(head, pieces)) as found:
        async for line in found:
            for data in event.take(line):
                yield data
                if data == DONE:
                    return
                heard_at = time.monotonic()
            if time.monotonic() - heard_at > kept_alive_seconds:
                raise TimeoutError
    # Some servers leave out the blank line behind their last event.
    for data in event.take(""):
        yield data


async def lines(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The last one also when nothing ends it. Raises TooLong."""
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


class _Event:
    """Gathers the lines of one event after the other."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._chars = 0

    def take(self, line: str) -> Iterator[str]:
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
        name, data, found = self._name.strip().lower(), "\n".join(self._data), self._data
        self._name, self._data, self._chars = "", [], 0
        if data.strip() == DONE:
            yield DONE
        elif name == "error" or name.endswith((".error", "_error")):
            yield as_error(data)
        elif len(found) > 1 and all(map(is_json, found)):
            # Some servers leave out the blank lines between their events.
            yield from found
        elif data:
            yield data


def is_json(text: str) -> bool:
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
