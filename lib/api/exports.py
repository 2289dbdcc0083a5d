"""Routes by which chats are taken away: one as a file, all as a zip."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from os import SEEK_END
from typing import IO, Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import iterate_in_threadpool

from lib.api.dependencies import Chats, CurrentUser, Process
from lib.api.openapi import FILES, ZIP, new_router
from lib.errors import LakechatError, ShuttingDown
from lib.export.admission import Place
from lib.export.archive import PIECE_BYTES, own_chat_ids, write_archive
from lib.export.chat_file import FORMATS, FormatName, make_file
from lib.export.file_names import content_disposition, safe_name
from lib.export.source import open_source
from lib.runtime import Runtime

log = logging.getLogger("lakechat.api")
MAX_CHOSEN = 100
REST_SHARE = 0.25
"""Of the time that a piece took. Making one holds the interpreter most of the time."""
Format = Annotated[FormatName, Query(description="Only json can be brought back")]

router = new_router("export")


@router.get("/chat/{chat_id}/export", response_class=Response, responses=FILES)
@router.get("/chats/{chat_id}/export", response_class=Response, responses=FILES)
def export_chat(chat_id: UUID, chats: Chats, process: Process, format: Format = "json") -> Response:
    """A chat of yours, or a public one, as a file. Of somebody else's it has the open branch, as the page shows it."""
    source = open_source(chats, chat_id, datetime.now(UTC), process.agents.display_name)
    kind, file = FORMATS[format], make_file(source, format)
    headers = {
        "Content-Disposition": content_disposition(safe_name(source.chat.title, kind.suffix)),
        "Content-Length": str(_size(file)),
    }
    return StreamingResponse(_pieces(file), media_type=kind.media_type, headers=headers)


@router.get("/export", response_class=StreamingResponse, responses=ZIP)
def export_all(
    user: CurrentUser,
    chats: Chats,
    process: Process,
    format: Format = "json",
    chat: Annotated[list[UUID] | None, Query(max_length=MAX_CHOSEN, description="Only these of your chats")] = None,
) -> StreamingResponse:
    """All your chats, archived ones too, as a zip with a file for each.

    One at a time for each user. A chat that is deleted meanwhile is left out. If the database goes away the connection
    breaks off and the zip cannot be opened: what came is never taken for the whole.
    """
    now = datetime.now(UTC)
    place = process.exports.begin(user.id)
    try:
        ids = chat if chat is not None else own_chat_ids(chats, place.will_have)
        pieces = _checked(
            write_archive(chats, ids, format, now, place.chat_is_done, process.agents.display_name), place, process
        )
        first = next(pieces)  # so that a database that is away is answered as such
    except BaseException:
        process.exports.end(place)
        raise
    name = f"Lakechat {now:%Y-%m-%d}.zip"
    headers = {"Content-Disposition": content_disposition(name)}
    return StreamingResponse(_stream(first, pieces, place, process), media_type="application/zip", headers=headers)


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return size


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _checked(pieces: Iterator[bytes], place: Place, process: Runtime) -> Iterator[bytes]:
    """The same pieces. Raises ShuttingDown when the process ends, TooMany when the place was given to somebody else."""
    for piece in pieces:
        if process.closing:
            raise ShuttingDown
        place.was_read()
        yield piece


async def _stream(first: bytes, pieces: Iterator[bytes], place: Place, process: Runtime) -> AsyncIterator[bytes]:
    """The pieces, made in a thread while they are asked for, with a rest after each for everybody else's requests.

    An error goes on to the server, which closes the connection without the end that HTTP marks.
    """
    try:
        yield first
        began = time.monotonic()
        async for piece in iterate_in_threadpool(pieces):
            took = time.monotonic() - began
            yield piece
            await asyncio.sleep(took * REST_SHARE)
            began = time.monotonic()
    except LakechatError as error:
        log.warning("An export broke off: %s.", error.code)
        raise
    finally:
        process.exports.end(place)
