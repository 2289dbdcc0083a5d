"""The messages of an answer out of its bytes: an event stream, lines of JSON, or one JSON document."""

import codecs
import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from lib.agent.http.sse import TooLong, events, is_json, lines

MAX_PLAIN_ANSWER_BYTES = 50_000_000


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
    """Each as it was sent, usually JSON. What they are is told by how they begin: servers name it wrongly.

    Raises TimeoutError when for so long nothing but comments of an event stream has come.
    """
    begins_as_json = head.lstrip()[:1] in (b"{", b"[", b'"')
    found = _json(head, pieces) if begins_as_json else events(head, pieces, kept_alive_seconds)
    async with aclosing(found):
        async for message in found:
            yield message


async def _json(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """Where the first line is JSON by itself, each line is; else all of them together are one document."""
    document: list[str] = []
    chars = 0
    by_line = False
    async with aclosing(lines(head.lstrip(), pieces)) as found:
        async for line in found:
            by_line = by_line or (not document and is_json(line))
            if by_line:
                if data := line.removeprefix("data:").strip():
                    yield data
                continue
            document.append(line)
            chars += len(line)
            if chars > MAX_PLAIN_ANSWER_BYTES:
                raise TooLong
    if document:
        yield "\n".join(document)
